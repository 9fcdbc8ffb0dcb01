"""What the command line says of runs and of the record, and how it watches a run."""

import io
import re
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from event_stream.client import commands, runs, words
from event_stream.client.arguments import main, parser
from event_stream.client.connection import Connection
from event_stream.client.output import Output
from event_stream.client.place import Place, find
from event_stream.client.trouble import Trouble
from proto.stream.v1 import stream_pb2 as pb
from tests.unit.event_stream.test_client import Broken, Terminal

AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def run(done: int = 0, state: str = "running", **changes: Any) -> pb.Run:
    made = pb.Run(
        id="r1",
        kind="replay",
        state=state,
        function="like-on-post-created",
        types=["post.created"],
        total=100,
        done=done,
        rate=10,
        started_by="operator (ada)",
        started_at=AT,
    )
    made.MergeFrom(pb.Run(**changes))
    return made


class Answers:
    """A connection that tells of a run what it is given, one after the other."""

    def __init__(self, *answers: pb.Run | Broken) -> None:
        self.answers = list(answers)
        self.runs = Namespace(Get=None)
        self.asked: list[object] = []

    def ask(self, _: object, request: object) -> pb.Run:
        self.asked.append(request)
        if not self.answers:
            raise KeyboardInterrupt
        answer = self.answers.pop(0)
        if isinstance(answer, Broken):
            raise answer
        return answer

    def trouble(self, error: Broken) -> Trouble:
        return Trouble(error.details())


def watched(first: pb.Run, *answers: pb.Run | Broken, to: io.StringIO) -> int:
    connection, out = Answers(*answers), Output(as_json=False, to=to)
    return runs.watch(first, connection, out, sleep=lambda _: None)  # type: ignore[arg-type] # all that it asks of one


def test_run_is_watched_in_one_line_until_it_is_done() -> None:
    terminal = Terminal()
    status = watched(run(), run(50), run(50), run(100, "done"), to=terminal)

    assert status == 0
    assert [re.sub(r" {2,}", "  ", line) for line in terminal.getvalue().split("\r\x1b[K")] == [
        "",
        "running  0 of 100 (0 %), at most 10 a second: 10 s left",
        "running  50 of 100 (50 %), at most 10 a second: 5 s left",
        "done  100 of 100 (100 %)\n",
    ]


def test_a_file_has_a_line_for_each_change() -> None:
    to = io.StringIO()
    status = watched(run(), run(), run(20, "paused"), run(20, "cancelled"), to=to)

    assert status == 1
    assert [line.split()[0] for line in to.getvalue().splitlines()] == [
        "running",
        "paused",
        "cancelled",
    ]


def test_watching_goes_on_when_the_server_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    away = Broken(grpc.StatusCode.UNAVAILABLE)
    assert watched(run(), away, away, run(100, "done"), to=io.StringIO()) == 0
    assert capsys.readouterr().err.count("does not answer; this goes on when it does") == 1


def test_watching_ends_with_what_nobody_mends() -> None:
    with pytest.raises(Trouble, match="it broke"):
        watched(run(), Broken(grpc.StatusCode.UNAUTHENTICATED), to=io.StringIO())


def test_who_stops_watching_is_told_that_the_run_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt):
        watched(run(), to=io.StringIO())
    assert "the run goes on; cancel r1 ends it" in capsys.readouterr().err


def test_words_tell_of_a_run() -> None:
    said = words.run(run(25, subject="post/1"))
    retry = pb.Run(id="r2", kind="retry", state="done", total=1, done=1, rate=50)

    assert said.splitlines()[0] == (
        "r1  running    25 of 100 (25 %), at most 10 a second: 8 s left"
    )
    assert (
        "replay of post.created, post/1 to like-on-post-created, begun by operator (ada)"
        in (said)
    )
    assert "retry of dead letters of several functions" in words.run(retry)
    assert words.progress(run(waits_for=["f"])).endswith("10 s left, waits for f")


def test_words_tell_what_was_begun_and_what_was_only_counted() -> None:
    planned = run(state="planned")
    planned.id = ""

    assert words.started(planned).splitlines() == [
        "100 events would be told to like-on-post-created, at most 10 a second: 10 s",
        "nothing was begun; without --dry-run it is",
    ]
    assert words.started(run()).splitlines() == [
        "run r1 tells 100 events to like-on-post-created again, at most 10 a second",
        "run r1 --watch shows how far it is; pause, resume and cancel take its id",
    ]
    assert words.started(pb.Run(id="r2", kind="retry", total=1, rate=50)).startswith(
        "run r2 sends 1 dead letter again"
    )


@pytest.mark.parametrize(
    ("total", "said"), [(10, "1 s"), (1190, "119 s"), (1200, "2 min"), (10**6, "27.8 h")]
)
def test_words_tell_how_long_the_rest_takes(total: int, said: str) -> None:
    assert words.progress(run(total=total)).endswith(f": {said} left")


def test_words_tell_the_record_and_what_steers_no_terminal() -> None:
    deed = pb.Action(
        at=AT, caller="user_1\x1b[2J", action="run paused", target="r1", why="slow", count=3
    )
    conflict = pb.Conflict(
        id="e2", subject="post/1", revision=3, kept_id="e1", event='{"type": "post.x"}'
    )

    assert words.action(deed).endswith(
        "  user_1\N{REPLACEMENT CHARACTER}[2J  run paused  r1 (3): slow"
    )
    assert "post/1 r3  post.x e2" in words.conflict(conflict)
    assert "get e1 shows" in words.conflict(conflict)
    assert "(its member is gone)" in words.conflict(pb.Conflict(id="e2"))


@pytest.mark.parametrize(
    "words_typed",
    [
        ["replay-to", "f", "--type", "post.*", "--type", "like.#", "--dry-run", "--rate", "9"],
        ["run", "r1", "--watch"],
        ["cancel", "r1", "--why", "x", "--who", "ada"],
        ["actions", "--by", "operator", "--what", "run paused", "--target", "r1"],
        ["conflicts", "--limit", "5"],
        ["runs"],
    ],
)
def test_what_is_typed_is_a_command(words_typed: list[str]) -> None:
    assert parser().parse_args(words_typed).command in commands.COMMANDS


def test_help_of_a_command_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("replay-to", "run", "actions"):
        with pytest.raises(SystemExit):
            main([command, "--help"], {})
        assert f"examples:\n  python -m event_stream {command[:3]}" in capsys.readouterr().out


def test_whoever_replays_to_a_type_that_is_a_function_is_shown_the_way() -> None:
    options = Namespace(type=["like-on-post-created"])
    with pytest.raises(Trouble) as met:
        commands.replay(options, None, None)  # type: ignore[arg-type] # it gets that far only
    assert "replay-to like-on-post-created --dry-run" in met.value.advice


def options(tmp_path: Path, **given: Any) -> Namespace:
    (tmp_path / "token").write_text("t")
    nothing = {"address": "here:1", "token_file": str(tmp_path / "token"), "tls": False}
    return Namespace(**nothing | {"ca": None, "home": None, "name": ""} | given)


def test_name_goes_with_what_is_decided(tmp_path: Path) -> None:
    def metadata(place: Place) -> dict[str, str]:
        with grpc.insecure_channel(place.address) as channel:
            return dict(Connection(place, channel).metadata())

    environ = {"GRPC_WHO": "eve"}
    asked = find(options(tmp_path), environ)
    decided = find(options(tmp_path, who=""), environ)
    named = find(options(tmp_path, who="ada"), environ)

    assert metadata(asked) == {"authorization": "Bearer t"}
    assert metadata(decided)["fanfold-operator"] == "eve"
    assert metadata(named)["fanfold-operator"] == "ada"


def test_name_that_cannot_be_recorded_is_refused_where_it_is_typed(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"^--who must have 1 to 64"):
        find(options(tmp_path, who="Zoë"), {})
    with pytest.raises(Trouble, match=r"^GRPC_WHO must have 1 to 64"):
        find(options(tmp_path, who=""), {"GRPC_WHO": "(x)"})


def test_refused_replay_says_what_else_to_take() -> None:
    def refused(_: object, **__: object) -> None:
        raise Broken(grpc.StatusCode.NOT_FOUND)

    with grpc.insecure_channel("here:1") as channel:
        connection = Connection(Place("here:1", lambda: "t"), channel)
        with pytest.raises(Trouble, match="it broke") as replay:
            connection.call(refused, pb.ReplayRunRequest(), runs.ADVICE)
        with pytest.raises(Trouble, match="it broke") as run:
            connection.call(refused, pb.GetRunRequest())

    assert "faas-cli list" in replay.value.advice
    assert "runs show ids" in run.value.advice
