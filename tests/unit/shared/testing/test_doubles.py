import pytest

from proto.like.v1.events_pb2 import LikeAdded
from shared.errors import ConfigurationError, NotFound, Unavailable
from shared.events import Event
from shared.testing import NOW, CannedCalls, RecordingBroker, settings_of

LIKED = Event.of(LikeAdded(post_id="p1"), subject="like/u1/p1", revision=1, time=NOW)


async def test_broker_keeps_what_is_published() -> None:
    broker = RecordingBroker()
    await broker.publish(LIKED)
    await broker.publish_raw("events", "k", b"x", {"a": "b"}, "id")
    assert broker.published == [LIKED]
    assert [(sent.exchange, sent.body) for sent in broker.raw] == [("events", b"x")]


async def test_broker_that_is_down_takes_nothing() -> None:
    broker = RecordingBroker(down=True)
    with pytest.raises(Unavailable):
        await broker.publish(LIKED)
    with pytest.raises(Unavailable):
        await broker.publish_raw("events", "k", b"x", {}, "id")
    assert (broker.published, broker.raw) == ([], [])


async def test_canned_calls_answer_or_raise_and_remember() -> None:
    calls = CannedCalls({"user-get": {"id": "u1"}, "post-get": NotFound("no")})
    assert await calls.get("user-get", id="u1") == {"id": "u1"}
    with pytest.raises(NotFound):
        await calls.get("post-get", id="p1")
    with pytest.raises(Unavailable, match="like-get does not answer"):
        await calls.get("like-get")
    assert calls.asked == [
        ("user-get", {"id": "u1"}),
        ("post-get", {"id": "p1"}),
        ("like-get", {}),
    ]


def test_settings_of_tests_hold_secrets_in_memory() -> None:
    settings = settings_of({"PORT": "1"}, {"svix-secret": "whsec_x"})
    assert (settings.port, settings.secret("svix-secret")) == (1, "whsec_x")
    assert settings.secret("signing-key")
    with pytest.raises(ConfigurationError, match="secret missing: broker-url"):
        settings.secret("broker-url")
