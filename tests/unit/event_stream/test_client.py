"""What the command line finds, shows, and says when something does not work."""

import io
import json
import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from event_stream.client import words
from event_stream.client.arguments import main, parser
from event_stream.client.follow import Follower
from event_stream.client.output import Output, plain
from event_stream.client.place import find
from event_stream.client.trouble import Trouble
from event_stream.messages import event
from proto.stream.v1 import stream_pb2 as pb
from tests.unit.event_stream.log import stored


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(to: io.StringIO, *, as_json: bool = False, **environ: str) -> str:
    out = Output(as_json=as_json, to=to, environ=environ)
    out.event(event(stored(7, data={"title": "Grüße\n\x1b[31m"})))
    return to.getvalue()


def test_colours_are_for_terminals_that_want_them() -> None:
    assert "\033[32mpost.created" in shown(Terminal())
    assert "\033[" not in shown(Terminal(), NO_COLOR="1")
    assert "\033[" not in shown(io.StringIO())
    assert "\033[" not in shown(Terminal(), as_json=True)


def test_what_is_shown_cannot_steer_a_terminal() -> None:
    hostile = event(stored(1, kind="post.created\x1b[2J", subject="post/\x1b]0;x\x07"))
    to = io.StringIO()
    Output(as_json=False, to=to).event(hostile)

    assert "\x1b" not in to.getvalue()
    assert "\x07" not in to.getvalue()


def test_json_has_numbers_and_the_payload_as_they_are() -> None:
    told = json.loads(shown(io.StringIO(), as_json=True))

    assert (told["sequence"], told["revision"], told["data"]["title"]) == (
        7,
        1,
        "Grüße\n\x1b[31m",
    )
    assert plain(pb.StatsResponse(total=2**40))["total"] == 2**40


def options(**given: Any) -> Namespace:
    nothing = {"address": None, "token_file": None, "tls": False, "ca": None, "name": ""}
    return Namespace(**nothing | {"home": None} | given)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "operator-token").write_text("of the installation\n")
    described = {"ports": {"stream": 23456}, "secrets": str(tmp_path)}
    (tmp_path / "installation.json").write_text(json.dumps(described))
    return tmp_path


def test_installation_tells_address_and_token(home: Path) -> None:
    found = find(options(home=str(home)), {})

    assert (found.address, found.token(), found.secure) == (
        "127.0.0.1:23456",
        "of the installation",
        False,
    )


def test_what_is_said_comes_before_what_is_found(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("first")
    given = options(address="there:1", token_file=str(tmp_path / "mine"), tls=True)
    found = find(given, {"GRPC_TOKEN": "other"})
    (tmp_path / "mine").write_text("renewed")

    assert (found.address, found.token(), found.secure) == ("there:1", "renewed", True)
    by_environ = find(options(home=str(home)), {"GRPC_TOKEN": "t", "GRPC_ADDRESS": "here:2"})
    assert (by_environ.address, by_environ.token()) == ("here:2", "t")


def test_without_an_installation_the_way_is_said(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as met:
        find(options(home=str(tmp_path)), {})
    assert "make up" in met.value.advice
    assert "--token-file" in met.value.advice


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"], {})
    said = capsys.readouterr().out

    assert ended.value.code == 0
    assert "tail 'post.*' --after 0" in said
    for command in ("tail", "replay", "dead-letters", "retry", "discard", "restore", "health"):
        assert re.search(rf"^ +{command}\s", said, re.MULTILINE), command


def test_a_time_that_is_none_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["tail", "--since", "yesterday"])
    assert "a time like 2026-11-22T08:00" in capsys.readouterr().err


class Broken(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode, *trailers: tuple[str, str]) -> None:
        self._code, self._trailers = code, trailers

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "it broke"

    def trailing_metadata(self) -> Any:
        return self._trailers


class Streams:
    """A connection whose streams go as they are told to, one after the other."""

    def __init__(self, *streams: list[pb.SubscribeResponse | Broken]) -> None:
        self.streams = list(streams)
        self.asked: list[int | None] = []
        self.events = Namespace(Subscribe=None)

    def stream(self, _: object, request: pb.SubscribeRequest) -> "OneStream":
        self.asked.append(request.after if request.HasField("after") else None)
        if not self.streams:
            raise KeyboardInterrupt
        return OneStream(self.streams.pop(0))

    def trouble(self, error: Broken) -> Trouble:
        return Trouble(error.details())


class OneStream:
    def __init__(self, steps: list[pb.SubscribeResponse | Broken]) -> None:
        self.steps = steps

    def __iter__(self) -> Iterator[pb.SubscribeResponse]:
        for step in self.steps:
            if isinstance(step, Broken):
                raise step
            yield step

    def trailing_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("fanfold-after", "5"),)

    def cancel(self) -> None:
        """End; nothing is held here."""


def message(*sequences: int, to: int, stalled: bool = False) -> pb.SubscribeResponse:
    told = [pb.Event(sequence=number) for number in sequences]
    return pb.SubscribeResponse(events=told, sequence=to, stalled=stalled)


def followed(
    *streams: list[pb.SubscribeResponse | Broken],
) -> tuple[Streams, list[int], list[str]]:
    connection, told, said = Streams(*streams), list[int](), list[str]()
    follower = Follower(
        connection,  # type: ignore[arg-type] # all that it asks of one
        pb.SubscribeRequest(),
        said.append,
        sleep=lambda seconds: said.append(f"slept {seconds:g}"),
    )
    with pytest.raises(KeyboardInterrupt):
        follower.run(lambda one: told.append(one.sequence))
    return connection, told, said


def test_tail_goes_on_at_the_last_place_it_was_told() -> None:
    away = Broken(grpc.StatusCode.UNAVAILABLE)
    connection, told, said = followed(
        [message(to=2), message(3, 4, to=4), message(to=5)],  # ends with OK, at 5
        [message(6, to=7), Broken(grpc.StatusCode.UNAVAILABLE, ("fanfold-after", "7"))],
        [away],
        [away],
        [message(8, to=8), Broken(grpc.StatusCode.RESOURCE_EXHAUSTED, ("fanfold-after", "9"))],
    )

    assert told == [3, 4, 6, 8]
    assert connection.asked == [None, 5, 7, 7, 7, 9]
    assert said == [
        "the stream broke (it broke); trying again",
        "slept 0.2",
        "slept 0.4",
        "slept 0.8",
        "the stream goes on",
        "the stream broke (it broke); trying again",
        "slept 0.2",
    ]


def test_tail_remembers_its_place_when_nobody_told_it() -> None:
    connection, told, _ = followed(
        [message(1, 2, to=4), Broken(grpc.StatusCode.UNAVAILABLE)],
        [Broken(grpc.StatusCode.UNAVAILABLE, ("fanfold-after", "3"))],
    )

    assert (told, connection.asked) == ([1, 2], [None, 4, 4])


def test_tail_says_when_the_store_is_away() -> None:
    _, _, said = followed([message(to=1), message(to=1, stalled=True), message(2, to=2)])

    assert said == [
        "the store of events does not answer; this goes on when it does",
        "the stream goes on",
    ]


@pytest.mark.parametrize(
    "steps",
    [
        [Broken(grpc.StatusCode.UNAVAILABLE)],
        [message(to=1), Broken(grpc.StatusCode.UNAUTHENTICATED)],
    ],
)
def test_tail_gives_up_what_trying_again_does_not_mend(
    steps: list[pb.SubscribeResponse | Broken],
) -> None:
    follower = Follower(Streams(steps), pb.SubscribeRequest(), print)  # type: ignore[arg-type] # as above
    with pytest.raises(Trouble, match="it broke"):
        follower.run(print)


def test_words_tell_how_the_log_stands() -> None:
    stats = pb.StatsResponse(
        total=12,
        by_type={"post.created": 2, "like.added": 10},
        per_minute=[0] * 58 + [3, 1],
        lag=0.0123,
        dead_letters_waiting=1,
        dead_letters_by_function={"like-on-post-created": 1},
        subscribers=2,
    )

    assert words.stats(stats).splitlines() == [
        "events                  12, 4 in the last hour, 1 in this minute",
        "lag                     0.012 s from happening to being kept",
        "followers               2",
        "conflicts               0",
        "dead letters            1 wait",
        "  like-on-post-created  1",
        "types                   2",
        "  like.added            10",
        "  post.created          2",
    ]
