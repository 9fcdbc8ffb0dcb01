"""What no retry mends is handed over with everything an operator needs."""

from datetime import datetime

import pytest
from aiormq.abc import DeliveredMessage

from event_connector.carriage import settling
from event_connector.connector import Connector
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Call, Gateway, in_turn, say

DEAD = "fn.event-dead-letter-store"


def _headers(message: DeliveredMessage) -> dict[str, object]:
    return {
        name: value
        for name, value in (message.header.properties.headers or {}).items()
        if name.startswith("fanfold-") and not name.endswith(("-failed-at", "-version"))
    }


async def test_dead_letter_after_the_last_attempt(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy(
        "a",
        say(503, body={"detail": "no room"}),
        topic="post.*",
        start="now",
        retry_attempts="2",
    )
    await ready(connector, 1)
    sent = event()
    await amqp.publish(sent)
    dead = await until(lambda: amqp.take(DEAD))
    assert len(function.calls) == 2
    assert (dead.body, dead.routing_key) == (sent.encode(), "post.created")
    assert dead.header.properties.message_id == sent.id
    assert _headers(dead) == {
        "fanfold-function": "a",
        "fanfold-attempt": "2",
        "fanfold-reason": "attempts exhausted",
        "fanfold-last-status": "503",
        "fanfold-last-error": "no room",
        "fanfold-origin-key": "post.created",
    }
    headers = dead.header.properties.headers
    first, last = (headers[f"fanfold-{which}-failed-at"] for which in ("first", "last"))
    assert datetime.fromisoformat(first) < datetime.fromisoformat(last)


async def test_dead_letter_at_once_for_what_no_retry_mends(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    said = {"detail": "KeyError: 'x'", "stack": 'File "a.py", line 1'}
    function = gateway.deploy("a", say(422, body=said), topic="post.*", start="now")
    await ready(connector, 1)
    await amqp.publish(event())
    dead = await until(lambda: amqp.take(DEAD))
    assert len(function.calls) == 1
    assert _headers(dead)["fanfold-reason"] == "status 422"
    assert _headers(dead)["fanfold-stack"] == 'File "a.py", line 1'


async def test_dead_letter_of_a_404_only_from_a_listed_function(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", say(404, body={"detail": "no such post"}), topic="post.*")
    await ready(connector, 1)
    await amqp.publish(event())
    dead = await until(lambda: amqp.take(DEAD))
    assert len(function.calls) == 3
    assert _headers(dead)["fanfold-last-error"] == "no such post"


async def test_dead_letter_keeps_malformed_bytes(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    await amqp.raw(b"\xff\x00not an event", key="post.created", id="m1")
    after = event()
    await amqp.publish(after)
    dead = await until(lambda: amqp.take(DEAD))
    assert dead.body == b"\xff\x00not an event"
    told = _headers(dead)
    assert (told["fanfold-reason"], told["fanfold-attempt"]) == ("malformed", "0")
    await until(lambda: function.calls)
    assert function.ids == [after.id]


async def test_dead_letter_store_takes_any_bytes_and_the_headers_of_the_failure(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    store = gateway.deploy("event-dead-letter-store", topic="#", exchange="events.dead")
    gateway.deploy(
        "a", say(400, body={"detail": "Überlänge\nhier"}), topic="post.*", start="now"
    )
    await ready(connector, 2)
    await amqp.publish(event())
    await amqp.raw(b"\x00\xff", key="post.created", id="m1")
    await until(lambda: len(store.calls) == 2)
    calls = {call.headers["fanfold-reason"]: call for call in store.calls}
    assert set(calls) == {"status 400", "malformed"}
    assert calls["malformed"].body == b"\x00\xff"
    refused = calls["status 400"].headers
    assert refused["fanfold-function"] == "a"
    assert refused["fanfold-last-error"] == "%C3%9Cberl%C3%A4nge%0Ahier"
    assert "x-death" not in refused


async def test_keepers_are_tried_in_place_and_never_dead_letter(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    answers = in_turn(say(503, {"retry-after": "1"}), say(400), say(500), say())
    store = gateway.deploy("event-store", answers, topic="#", retry_attempts="1")
    await ready(connector, 1)
    sent = event()
    await amqp.publish(sent)
    await until(lambda: len(store.calls) == 4)
    await connector.stop()
    assert store.ids == [sent.id] * 4
    assert (await amqp.depth(DEAD), await amqp.depth("fn.event-store")) == (0, 0)


async def test_what_the_event_store_refuses_is_put_behind_the_others(
    gateway: Gateway, connector: Connector, amqp: Amqp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a tier nobody would count it who waits until the store has taken all."""
    monkeypatch.setattr(settling, "REFUSALS", 2)
    answers = in_turn(say(500), say(500), say())
    store = gateway.deploy("event-store", answers, topic="#", concurrency="1")
    await ready(connector, 1)
    sent = event()
    await amqp.publish(sent)
    await until(lambda: len(store.calls) == 3)
    await connector.stop()
    assert store.ids == [sent.id] * 3
    assert connector.invoker.metrics.of("event-store").events == {"postponed": 1, "ok": 1}
    assert await amqp.depth("fn.event-store") == 0


async def test_dead_letter_by_the_broker_names_function_and_reason(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """The broker notes such deaths in a table of its own; the store is told in our words."""
    store = gateway.deploy("event-dead-letter-store", topic="#", exchange="events.dead")
    await ready(connector, 1)
    # It is not deployed, so nobody can be asked once more.
    death = {"queue": "fn.post-on-user-updated", "reason": "delivery_limit", "count": 1}
    sent = event()
    await amqp.raw(
        sent.encode(), key="post.created", exchange="events.dead", headers={"x-death": [death]}
    )
    calls: list[Call] = await until(lambda: store.calls)
    told = {name: calls[0].headers[name] for name in ("fanfold-function", "fanfold-reason")}
    assert told == {
        "fanfold-function": "post-on-user-updated",
        "fanfold-reason": "broker: delivery_limit",
    }


async def test_what_the_broker_gave_up_is_tried_alone_before_it_is_dead(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """A delivery limit counts neighbours of what fells a connector as well."""
    store = gateway.deploy("event-dead-letter-store", topic="#", exchange="events.dead")
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 2)
    innocent = event()
    headers = {"x-death": [{"queue": "fn.a", "reason": "delivery_limit", "count": 1}]}
    await amqp.raw(
        innocent.encode(), key=innocent.type, exchange="events.dead", headers=headers
    )
    await until(lambda: function.calls)
    assert function.ids == [innocent.id]
    assert "fanfold-reason" not in function.calls[0].headers
    # Given up again, it is dead.
    await amqp.raw(
        innocent.encode(),
        key=innocent.type,
        exchange="events.dead",
        headers=headers | {"fanfold-suspect": "0"},
    )
    calls: list[Call] = await until(lambda: store.calls)
    assert calls[0].headers["fanfold-reason"] == "broker: delivery_limit"
    assert len(function.calls) == 1


async def test_dead_letter_names_the_version_that_failed(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", say(400), topic="post.*", start="now")
    await ready(connector, 1)
    versions = []
    for attempts in ("3", "4"):
        function.annotations["com.openfaas.retry.attempts"] = attempts
        policy = int(attempts)
        await until(lambda p=policy: connector.consumers["a"].subscription.policy.attempts == p)
        await ready(connector, 1)
        await amqp.publish(event())
        dead = await until(lambda: amqp.take(DEAD))
        versions.append(dead.header.properties.headers["fanfold-function-version"])
    assert all(version.startswith("latest+") for version in versions)
    assert versions[0] != versions[1]
