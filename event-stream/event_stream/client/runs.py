"""The commands over runs: begun, watched, paused and ended; and the record of what was done."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from event_stream.client import words
from event_stream.client.connection import Connection
from event_stream.client.follow import PASSING
from event_stream.client.listing import listed, sliced
from event_stream.client.output import Output, notice
from proto.stream.v1 import stream_pb2 as pb

Options = Any  # what argparse makes

EVERY = 1.0
ADVICE = {
    grpc.StatusCode.NOT_FOUND: "faas-cli list shows the functions there are.",
    grpc.StatusCode.FAILED_PRECONDITION: "Take another function, or a slice with events in it.",
}
ENDED = frozenset({"done", "cancelled"})


def runs(options: Options, connection: Connection, out: Output) -> None:
    request = pb.ListRunsRequest(limit=options.limit, cursor=options.cursor)
    found = connection.call(connection.runs.List, request)
    listed(found.runs, words.run, found.next, out)


def run(options: Options, connection: Connection, out: Output) -> int:
    found = connection.call(connection.runs.Get, pb.GetRunRequest(id=options.id))
    if options.watch:
        return watch(found, connection, out)
    out.message(found, words.run)
    return 0


def replay_to(options: Options, connection: Connection, out: Output) -> int:
    request = pb.ReplayRunRequest(
        function=options.function,
        rate=options.rate,
        dry_run=options.dry_run,
        why=options.why,
        **sliced(options),
    )
    found = connection.call(connection.runs.Replay, request, ADVICE)
    return begun(found, options, connection, out)


def begun(found: pb.Run, options: Options, connection: Connection, out: Output) -> int:
    """Show a run that was begun, or only planned, and how it goes on if that is asked for."""
    out.message(found, words.started)
    if options.watch and found.id:
        return watch(found, connection, out)
    return 0


def turned(turn: str) -> Callable[[Options, Connection, Output], None]:
    """Make the command that pauses, resumes or cancels."""
    request = {
        "Pause": pb.PauseRunRequest,
        "Resume": pb.ResumeRunRequest,
        "Cancel": pb.CancelRunRequest,
    }[turn]

    def command(options: Options, connection: Connection, out: Output) -> None:
        asked = request(id=options.id, why=options.why)
        out.message(connection.call(getattr(connection.runs, turn), asked), words.run)

    return command


def actions(options: Options, connection: Connection, out: Output) -> None:
    request = pb.ListActionsRequest(
        caller=options.by,
        action=options.what,
        target=options.target,
        limit=options.limit,
        cursor=options.cursor,
    )
    found = connection.call(connection.audit.ListActions, request)
    listed(found.actions, words.action, found.next, out)


def conflicts(options: Options, connection: Connection, out: Output) -> None:
    request = pb.ListConflictsRequest(limit=options.limit, cursor=options.cursor)
    found = connection.call(connection.audit.ListConflicts, request)
    listed(found.conflicts, words.conflict, found.next, out)


def watch(
    found: pb.Run,
    connection: Connection,
    out: Output,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Show how far a run is until it has ended: 0 if it was done, 1 if it was cancelled."""
    try:
        out.progress(found, words.progress)
        while found.state not in ENDED:
            sleep(EVERY)
            before, found = found, _again(found, connection, sleep)
            if found != before:
                out.progress(found, words.progress)
    except KeyboardInterrupt:
        notice(f"\nthe run goes on; cancel {found.id} ends it")
        raise
    finally:
        out.settle()
    return 0 if found.state == "done" else 1


def _again(found: pb.Run, connection: Connection, sleep: Callable[[float], None]) -> pb.Run:
    """Ask once more, until there is an answer: the run does not need who watches it."""
    told = False
    while True:
        request = pb.GetRunRequest(id=found.id)
        try:
            answer: pb.Run = connection.ask(connection.runs.Get, request)
        except grpc.RpcError as error:
            if error.code() not in PASSING:
                raise connection.trouble(error) from None
            if not told:
                notice("\nthe event stream does not answer; this goes on when it does")
                told = True
            sleep(EVERY)
        else:
            return answer
