"""What each command does."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from event_stream.client import output, runs, words
from event_stream.client.connection import Connection, connected
from event_stream.client.follow import Follower, place_in
from event_stream.client.listing import listed, more, sliced
from event_stream.client.output import Output, notice
from event_stream.client.place import find
from event_stream.client.trouble import Trouble
from proto.stream.v1 import stream_pb2 as pb

Options = Any  # what argparse makes


def run(options: Options, environ: Mapping[str, str]) -> int:
    """Do it; give the exit status."""
    out = Output(as_json=options.json, environ=environ)
    try:
        with connected(find(options, environ)) as connection:
            return COMMANDS[options.command](options, connection, out) or 0
    except Trouble as trouble:
        notice(f"\n{trouble.what}")
        if trouble.advice:
            notice(f"\n{trouble.advice}")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        output.quiet()
        return 0


def tail(options: Options, connection: Connection, out: Output) -> None:
    request = pb.SubscribeRequest(
        type=",".join(options.type), subject=options.subject, filter=options.filter
    )
    if options.since:
        request.after = _place_of(options, connection)
    elif options.after is not None:
        request.after = options.after
    Follower(connection, request, notice).run(out.event)


def replay(options: Options, connection: Connection, out: Output) -> None:
    """Tell a slice, over as many streams as its token makes of it."""
    for name in options.type:
        if "-" in name and "." not in name:
            raise Trouble(
                f"a type is like post.created, got {name}",
                f"To tell a function: replay-to {name} --dry-run counts what it would be told.",
            )
    request = pb.ReplayRequest(filter=options.filter, rate=options.rate, **sliced(options))
    told: int = 0
    place: int | None = 0
    while place is not None:
        stream = connection.stream(connection.events.Replay, request)
        try:
            for message in stream:
                for event in message.events:
                    out.event(event)
                told += len(message.events)
                request.before = message.before
        except grpc.RpcError as error:
            notice(f"{told} events were told up to {request.after}")
            raise connection.trouble(error) from None
        place = place_in(stream.trailing_metadata())
        if place is not None:
            request.after = place
            request.ClearField("since")
            request.ClearField("until")
    notice(f"{told} events")


def list_(options: Options, connection: Connection, out: Output) -> None:
    order = pb.ORDER_NEWEST_FIRST if options.newest else pb.ORDER_OLDEST_FIRST
    request = pb.ListRequest(
        order=order, limit=options.limit, cursor=options.cursor, **sliced(options)
    )
    _page(connection.call(connection.events.List, request), out)


def get(options: Options, connection: Connection, out: Output) -> None:
    found = connection.call(connection.events.Get, pb.GetRequest(id=options.id))
    out.message(found, words.event)


def history(options: Options, connection: Connection, out: Output) -> None:
    request = pb.ByAggregateRequest(
        aggregate=options.aggregate, limit=options.limit, cursor=options.cursor
    )
    _page(connection.call(connection.events.ByAggregate, request), out)


def stats(_: Options, connection: Connection, out: Output) -> None:
    out.message(connection.call(connection.events.Stats, pb.StatsRequest()), words.stats)


def dead_letters(options: Options, connection: Connection, out: Output) -> None:
    state = _state(options.state)
    if options.group:
        grouped = pb.ListCausesRequest(
            state=state, function=options.function, limit=options.limit, cursor=options.cursor
        )
        found = connection.call(connection.letters.ListCauses, grouped)
        listed(found.causes, words.cause, found.next, out)
        return
    request = pb.ListDeadLettersRequest(
        state=state,
        function=options.function,
        type=options.type,
        cause=options.cause,
        limit=options.limit,
        cursor=options.cursor,
    )
    found = connection.call(connection.letters.List, request)
    listed(found.dead_letters, words.letter, found.next, out)


def dead_letter(options: Options, connection: Connection, out: Output) -> None:
    request = pb.GetDeadLetterRequest(id=options.id)
    out.message(connection.call(connection.letters.Get, request), words.letter_history)


def retry(options: Options, connection: Connection, out: Output) -> int:
    if len(options.ids) == 1 and not options.cause:
        one = pb.RetryDeadLetterRequest(id=options.ids[0], why=options.why)
        found = connection.call(connection.letters.Retry, one)
        return runs.begun(found, options, connection, out)
    many = pb.RetryDeadLettersRequest(
        ids=options.ids, cause=options.cause, rate=options.rate, why=options.why
    )
    if options.seen_until:
        try:
            many.seen_until.FromJsonString(options.seen_until)
        except ValueError:
            raise Trouble(
                f"--seen-until must be a time as it was shown, got {options.seen_until!r}",
                "Type dead-letters --group to see it.",
            ) from None
    found = connection.call(connection.letters.RetryMany, many)
    return runs.begun(found, options, connection, out)


def discard(options: Options, connection: Connection, out: Output) -> None:
    request = pb.DiscardDeadLettersRequest(ids=options.ids, why=options.why)
    out.message(connection.call(connection.letters.Discard, request), words.decision)


def restore(options: Options, connection: Connection, out: Output) -> None:
    request = pb.RestoreDeadLettersRequest(ids=options.ids, why=options.why)
    out.message(connection.call(connection.letters.Restore, request), words.decision)


def edit(options: Options, connection: Connection, out: Output) -> None:
    try:
        event = sys.stdin.read() if options.event == "-" else Path(options.event).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"the event {options.event} cannot be read: {error}") from None
    request = pb.EditDeadLetterRequest(id=options.id, event=event, why=options.why)
    out.message(connection.call(connection.letters.Edit, request), words.letter)


def health(_: Options, connection: Connection, out: Output) -> int:
    stub: Any = health_pb2_grpc.HealthStub(connection.channel)
    try:
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    except grpc.RpcError as error:
        notice(connection.trouble(error).what)
        return 2
    out.line(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


COMMANDS: dict[str, Callable[[Options, Connection, Output], int | None]] = {
    "tail": tail,
    "replay": replay,
    "list": list_,
    "get": get,
    "history": history,
    "stats": stats,
    "dead-letters": dead_letters,
    "dead-letter": dead_letter,
    "retry": retry,
    "discard": discard,
    "restore": restore,
    "edit": edit,
    "runs": runs.runs,
    "run": runs.run,
    "replay-to": runs.replay_to,
    "pause": runs.turned("Pause"),
    "resume": runs.turned("Resume"),
    "cancel": runs.turned("Cancel"),
    "actions": runs.actions,
    "conflicts": runs.conflicts,
    "health": health,
}


def _place_of(options: Options, connection: Connection) -> int:
    """Give the place before the first event that was kept since a time."""
    request = pb.ListRequest(since=options.since, limit=1)
    found = connection.call(connection.events.List, request)
    if found.events:
        return int(found.events[0].sequence) - 1
    return int(connection.call(connection.events.Stats, pb.StatsRequest()).total)


def _page(found: pb.ListResponse, out: Output) -> None:
    for event in found.events:
        out.event(event)
    more(found.next)


def _state(name: str | None) -> str:
    return f"DEAD_LETTER_STATE_{(name or 'unspecified').upper()}"
