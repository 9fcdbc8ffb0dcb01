"""Several addresses of the broker: read, tried in turn, left when they do not answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import cast

import aiormq
import pytest
from aiormq.abc import AbstractConnection
from yarl import URL

from shared.errors import ConfigurationError
from shared.nodes import Nodes, read

THREE = "amqp://u:p@a:1/,amqp://u:p@b:2/,amqp://u:p@c:3/"


def test_one_url_is_read() -> None:
    assert read("amqp://u:p@a:1/\n") == [URL("amqp://u:p@a:1/")]


def test_several_urls_have_commas_between() -> None:
    assert read("amqp://u:p@a:1/x, amqps://b/x,\namqp://[::1]:3/x") == [
        URL("amqp://u:p@a:1/x"),
        URL("amqps://b/x"),
        URL("amqp://[::1]:3/x"),
    ]


def test_a_comma_of_the_password_is_its_own() -> None:
    assert [url.password for url in read("amqp://u:p,q@a/,amqp://u:p,q@b/")] == ["p,q", "p,q"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "URL 1 of 1 must begin with amqp:// or amqps://"),
        ("a:5672", "URL 1 of 1 must begin with amqp:// or amqps://"),
        ("amqp://a/,http://u:hidden@b/", "URL 2 of 2 must begin with amqp://"),
        ("amqp://a/,amqp://", "URL 2 of 2 must name a host"),
        ("amqp://u:hid/den@b/", "URL 1 of 1 must hold host and port as"),
        ("amqp://u:hidden@a:5672,b:5672/", "URL 1 of 1 must hold host and port as"),
        ("amqp://u:hidden@a,b/", "URL 1 of 1 must be whole: write amqp:// with user"),
        ("amqp://u:hidden@a/,b", "URL 1 of 1 must be whole: write amqp:// with user"),
        ("amqp://u:hidden@a/,", "URL 1 of 1 must be whole: write amqp:// with user"),
        (
            "amqp://a/one,amqp://u:hidden@b/two",
            "URL 2 of 2 must name the virtual host of the first, '/one', got '/two'",
        ),
    ],
)
def test_what_is_unusable_is_named_without_its_password(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(text)
    assert str(raised.value).startswith(f"broker-url: {problem}")
    assert "hid" not in str(raised.value)


def test_what_cannot_be_read_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError):
        Nodes("http://a/")


def test_chance_says_who_is_first_and_all_are_told_the_same() -> None:
    nodes = Nodes(THREE, chance=lambda count: count - 1, heartbeat="5")
    assert (nodes.count, nodes.first) == (3, URL("amqp://u:p@b:2/?heartbeat=5"))


class Place:
    """A cluster of names: it notes who is asked; some refuse, and some say nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuse: set[str] = set()
        self.mute: set[str] = set()

    async def connect(self, url: URL) -> AbstractConnection:
        self.asked.append(str(url.host))
        if url.host in self.mute:
            await asyncio.Event().wait()
        if url.host in self.refuse:
            raise ConnectionRefusedError(url.host)
        return cast("AbstractConnection", url.host)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place()
    monkeypatch.setattr(aiormq, "connect", place.connect)
    return place


async def taken(nodes: Nodes, each: float = 1) -> str:
    """Which of them took the connection."""
    return str(await nodes.connect(each))


def of(told: str | Callable[[], str] = THREE) -> Nodes:
    return Nodes(told, chance=lambda _: 0)


async def test_the_next_takes_over_and_stays_the_first(place: Place) -> None:
    nodes, place.refuse = of(), {"a"}
    assert [await taken(nodes), await taken(nodes)] == ["b", "b"]
    assert place.asked == ["a", "b", "b"]


async def test_a_node_that_says_nothing_is_left_after_its_time(place: Place) -> None:
    nodes, place.mute = of(), {"a", "b"}
    assert await taken(nodes, 0.01) == "c"
    assert place.asked == ["a", "b", "c"]


async def test_the_last_ones_refusal_is_told_and_each_was_asked_once(place: Place) -> None:
    nodes, place.refuse = of(), {"a", "b", "c"}
    with pytest.raises(ConnectionRefusedError, match="c"):
        await nodes.connect(1)
    assert place.asked == ["a", "b", "c"]


async def test_whoever_gave_up_begins_with_another(place: Place) -> None:
    nodes, place.mute = of(), {"a"}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await nodes.connect(60)
    assert await taken(nodes, 60) == "b"


async def test_a_node_that_was_left_comes_last(place: Place) -> None:
    nodes, place.refuse = of(), {"b", "c"}
    nodes.leave()
    assert await taken(nodes) == "a"
    assert place.asked == ["b", "c", "a"]


async def test_another_secret_is_read_anew(place: Place) -> None:
    told = ["amqp://a/", "amqp://a/", "amqp://b/", "amqp://b/"]
    nodes = of(lambda: told.pop(0) if len(told) > 1 else told[0])
    assert [await taken(nodes), await taken(nodes)] == place.asked == ["a", "b"]


async def test_a_server_that_takes_tcp_alone_is_left(silent: int) -> None:
    nodes = Nodes(f"amqp://127.0.0.1:{silent}/,amqp://127.0.0.1:1/", chance=lambda _: 0)
    with pytest.raises(aiormq.AMQPError):
        await nodes.connect(0.05)
    assert nodes.first.port == silent


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""
    async with AsyncExitStack() as kept:

        async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            kept.callback(writer.close)

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
