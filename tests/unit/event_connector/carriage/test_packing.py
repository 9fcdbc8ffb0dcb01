"""A batch is one body, and dead letters among it keep their bytes and what is told of each."""

import msgspec

from event_connector.broker.message import Message
from event_connector.carriage.packing import name, packed
from event_connector.deployed.topics import DEAD_LETTER_STORE, Subscription
from shared.letters import BATCH_TYPE, Letter, decode
from tests.unit.event_connector.carrying import event, sent

STORE = Subscription(DEAD_LETTER_STORE, ("#",), batch=50)
TOLD = {"fanfold-function": "a", "fanfold-last-error": "Überlauf"}


def letter(body: bytes, tag: int) -> Message:
    return Message(body, TOLD, "post.created", tag=tag, content_type="text/plain")


def test_events_of_a_batch_are_one_list() -> None:
    body, headers = packed(Subscription("a", ("#",)), [sent(event("1")), sent(event("2"))])
    assert [one["id"] for one in msgspec.json.decode(body)] == ["1", "2"]
    assert headers == {
        "content-type": "application/cloudevents-batch+json",
        "fanfold-function": "a",
    }


def test_dead_letter_alone_is_the_body_as_it_failed() -> None:
    body, headers = packed(STORE, [letter(b"\xff", 1)])
    assert body == b"\xff"
    assert headers == {
        "fanfold-function": "a",
        "fanfold-last-error": "%C3%9Cberlauf",
        "content-type": "text/plain",
    }


def test_dead_letter_that_looks_like_many_is_one_of_a_batch() -> None:
    message = Message(b"[]", TOLD, "post.created", tag=1, content_type=f"{BATCH_TYPE};a=b")
    body, headers = packed(STORE, [message])
    assert headers == {"content-type": BATCH_TYPE}
    assert decode(body) == [Letter(message.request_headers(), b"[]")]


def test_many_dead_letters_keep_what_is_told_of_each() -> None:
    messages = [letter(b"\xff", 1), letter(b"", 2)]
    body, headers = packed(STORE, messages)
    assert headers == {"content-type": BATCH_TYPE}
    assert decode(body) == [Letter(one.request_headers(), one.body) for one in messages]


def test_dead_letters_of_the_same_bytes_are_told_apart() -> None:
    assert [name(STORE, letter(b"\xff", tag)) for tag in (1, 2)] == ["1", "2"]
    assert name(Subscription("a", ("#",)), sent(event("7"))) == "7"
