"""Subscriptions: one delivery for each event and subscription, each with its own fate."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from svix.webhooks import Webhook

from functions.event.model import PATIENCE, SCHEDULE
from functions.event.operations import (
    deliver_subscription,
    fan_out_subscriptions,
    relay,
    subscribe,
    subscription_enable,
    subscription_test,
    subscriptions,
    unsubscribe,
)
from functions.event.store import Store
from functions.event.store.deliveries import ACTIVES
from shared import webhooks
from shared.cache import Cache
from shared.events import Event
from shared.testing import MASTER, NOW, Answer, admin, member, service, settings_of
from tests.conftest import Installation
from tests.integration.event.examples import happened
from tests.integration.service import Service


@dataclass
class Receiver:
    """A callback: it keeps what it is sent and answers as it is told."""

    answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        writer.write(self.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def receiver(event: Service[Store]) -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{port}/hook"
    event.settings = settings_of({"SUBSCRIPTION_HOSTS": f"127.0.0.1:{port}"})
    yield made
    server.close()
    await server.wait_closed()


async def subscribed(event: Service[Store], url: str, kind: str = "#") -> dict[str, Any]:
    answer = await event.call(subscribe, by=admin("ada"), json={"type": kind, "url": url})
    assert answer.status == 201, answer.body
    return dict(answer.json())


async def told(event: Service[Store], *happenings: Event) -> list[Event]:
    """Let events happen, and give the messages about their deliveries."""
    before = len(event.broker.raw)
    for one in happenings:
        await event.store.append([one])
        assert (await event.tell(fan_out_subscriptions, one)).status == 204
    made = event.broker.raw[before:]
    assert {(sent.exchange, sent.routing_key) for sent in made} <= {
        ("events.return", "fn.event-deliver-subscription")
    }
    return [Event.decode(sent.body) for sent in made]


async def deliver(event: Service[Store], message: Event) -> Answer:
    return await event.tell(deliver_subscription, message)


async def shown(event: Service[Store], **query: str | int) -> list[dict[str, Any]]:
    answer = await event.call(subscriptions, by=admin(), query=query)
    assert answer.status == 200, answer.body
    return list(answer.json()["items"])


async def due_again(event: Service[Store]) -> list[Event]:
    """Let the time of every delivery come, and give what the relay tells."""
    before = len(event.broker.raw)
    await event.store.database.execute("UPDATE deliveries SET next_at = clock_timestamp()")
    answer = await event.call(relay, by=service())
    assert answer.status == 200, answer.body
    return [Event.decode(sent.body) for sent in event.broker.raw[before:]]


async def test_batch_makes_one_delivery_for_each_event_and_subscription(
    event: Service[Store], receiver: Receiver
) -> None:
    both = await subscribed(event, receiver.url)
    likes = await subscribed(event, receiver.url, "like.*")
    batch = [happened(), happened("like.added"), happened("like.added")]
    for _ in range(2):  # the second time, as when the first was not acked
        assert (await event.tell(fan_out_subscriptions, batch)).status == 204
    rows = await event.store.database.fetch("SELECT subscription_id, event_id FROM deliveries")
    assert sorted((row["subscription_id"], row["event_id"]) for row in rows) == sorted(
        [(both["id"], one.id) for one in batch] + [(likes["id"], one.id) for one in batch[1:]]
    )
    assert len(event.broker.raw) == 5


async def test_event_is_delivered_with_a_signature(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url, "post.*")
    sent = happened()
    [message] = await told(event, sent, happened("like.added"))

    assert (await deliver(event, message)).status == 204

    [(headers, body)] = receiver.got
    assert Event.decode(body) == sent
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["svix-id"] == sent.id
    assert made["secret"] == webhooks.secret(MASTER, made["id"])
    at = int(NOW.timestamp())
    assert headers["svix-timestamp"] == str(at)
    moment = datetime.fromtimestamp(at, NOW.tzinfo)
    expected = Webhook(made["secret"]).sign(sent.id, moment, body.decode())
    assert headers["svix-signature"] == expected
    [item] = await shown(event)
    assert {name: item[name] for name in ("id", "type", "url", "state", "created_by")} == {
        "id": made["id"],
        "type": "post.*",
        "url": receiver.url,
        "state": "active",
        "created_by": "ada",
    }
    assert (item["delivered"], item["waiting"], item["failed"]) == (1, 0, 0)
    [delivery] = await shown(event, id=made["id"])
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == (
        "delivered",
        1,
        204,
    )
    assert "secret" not in item


async def test_each_subscription_has_a_delivery_of_its_own(
    event: Service[Store], receiver: Receiver
) -> None:
    first, second = await subscribed(event, receiver.url), await subscribed(event, receiver.url)
    sent = happened()
    messages = await told(event, sent)
    assert len(messages) == 2
    assert await told(event, sent) == []  # the same event once more
    for message in messages:
        await deliver(event, message)
    secrets = {first["secret"], second["secret"]}
    assert len(secrets) == len(receiver.got) == 2
    assert len({headers["svix-signature"] for headers, _ in receiver.got}) == 2


async def test_message_that_comes_twice_makes_one_delivery(
    event: Service[Store], receiver: Receiver
) -> None:
    await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    answers = await asyncio.gather(*(deliver(event, message) for _ in range(3)))
    assert [answer.status for answer in answers] == [204, 204, 204]
    assert (await deliver(event, message)).status == 204
    assert len(receiver.got) == 1


async def test_failed_delivery_is_tried_by_its_schedule(
    event: Service[Store], receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 500 X\r\ncontent-length: 4\r\n\r\noops"
    made = await subscribed(event, receiver.url)
    messages = await told(event, happened())
    waits: list[timedelta] = []
    while messages:
        await deliver(event, messages[0])
        [delivery] = await shown(event, id=made["id"])
        if delivery["state"] == "waiting":
            waits.append(datetime.fromisoformat(delivery["next_at"]) - NOW)
        messages = await due_again(event)
    assert waits == list(SCHEDULE)
    assert len(receiver.got) == len(SCHEDULE) + 1
    assert (delivery["state"], delivery["last_status"], delivery["last_error"]) == (
        "failed",
        500,
        "oops",
    )
    [item] = await shown(event)
    assert (item["state"], item["failed"], item["failing_since"]) == (
        "active",
        1,
        "2026-03-04T05:06:07Z",
    )


async def test_success_ends_the_failing(event: Service[Store], receiver: Receiver) -> None:
    good, receiver.answer = receiver.answer, b"HTTP/1.1 302 X\r\nlocation: /\r\n\r\n"
    await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    await deliver(event, message)
    [item] = await shown(event)
    assert (item["last_status"], item["waiting"], item["delivered"]) == (302, 1, 0)
    receiver.answer = good
    [message] = await due_again(event)
    await deliver(event, message)
    [item] = await shown(event)
    assert (item["failing_since"], item["delivered"], item["waiting"]) == (None, 1, 0)


async def test_subscription_is_disabled_after_days_of_failure(
    event: Service[Store], receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"
    made = await subscribed(event, receiver.url)
    first, second = await told(event, happened(), happened())
    await deliver(event, first)
    await event.store.database.execute(
        "UPDATE subscriptions SET failing_since = $1", NOW - PATIENCE
    )
    await deliver(event, second)
    [item] = await shown(event)
    assert (item["state"], item["waiting"]) == ("disabled", 0)
    assert {one["state"] for one in await shown(event, id=made["id"])} == {"dropped"}
    assert await told(event, happened()) == []


async def test_disabled_subscription_is_enabled_again(
    event: Service[Store], receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 410 X\r\ncontent-length: 0\r\n\r\n"
    made = await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    await deliver(event, message)
    assert await told(event, happened()) == []
    wanted = {"id": made["id"], "why": "it is back"}

    answer = await event.call(subscription_enable, by=admin("eve"), json=wanted)

    assert (answer.status, answer.json()["state"]) == (200, "active")
    receiver.answer = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"
    [message] = await told(event, happened())
    await deliver(event, message)
    [item] = await shown(event)
    assert (item["state"], item["failing_since"] is not None) == ("active", True)
    again = await event.call(subscription_enable, by=admin("eve"), json=wanted)
    assert (again.status, again.json()["failing_since"] is not None) == (200, True)
    await event.call(unsubscribe, by=admin("eve"), json=wanted)
    gone = await event.call(subscription_enable, by=admin("eve"), json=wanted)
    assert gone.status == 404
    assert (await event.call(subscription_enable, by=member("m"), json=wanted)).status == 403
    deeds = (await event.store.deeds([("target", made["id"])], None, 10)).items
    assert [(deed.who, deed.what, deed.why) for deed in deeds] == [
        ("eve", "subscription removed", "it is back"),
        ("eve", "subscription enabled", "it is back"),
        ("ada", "subscription made", ""),
    ]


async def test_callback_is_tried_with_an_event_of_no_meaning(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url)
    wanted = {"id": made["id"], "why": "new host"}
    answer = await event.call(subscription_test, by=admin("eve"), json=wanted)
    [(headers, body)] = receiver.got
    sent = Event.decode(body)
    assert (sent.type, sent.subject) == (
        "custom.subscription.test",
        f"subscription/{made['id']}",
    )
    moment = datetime.fromtimestamp(int(headers["svix-timestamp"]), NOW.tzinfo)
    signature = Webhook(made["secret"]).sign(sent.id, moment, body.decode())
    assert headers["svix-signature"] == signature
    assert (answer.status, answer.json()) == (
        200,
        {"event_id": sent.id, "arrived": True, "status": 204, "error": ""},
    )
    assert (await shown(event, id=made["id"])) == []

    receiver.answer = b"HTTP/1.1 500 X\r\ncontent-length: 4\r\n\r\noops"
    failed = (await event.call(subscription_test, by=admin("eve"), json=wanted)).json()
    assert (failed["arrived"], failed["status"], failed["error"]) == (False, 500, "oops")
    event.settings = settings_of()
    refused = (await event.call(subscription_test, by=admin("eve"), json=wanted)).json()
    assert (refused["status"], refused["error"]) == (
        0,
        "url must begin with https://, got http",
    )
    unknown = await event.call(subscription_test, by=admin("eve"), json={"id": "nothing"})
    assert unknown.status == 404
    assert (await event.call(subscription_test, by=member("m"), json=wanted)).status == 403
    deeds = (await event.store.deeds([("action", "subscription tested")], None, 10)).items
    assert [(deed.who, deed.why) for deed in deeds] == [("eve", "new host")] * 3


async def test_name_that_changes_its_mind_leads_to_the_address_that_was_checked(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is asked once: what it says afterwards reaches nobody."""
    await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    loop = asyncio.get_running_loop()
    asked: list[str] = []
    resolve = loop.getaddrinfo

    async def fickle(host: str, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return await resolve("127.0.0.1", *more, **named)

    monkeypatch.setattr(loop, "getaddrinfo", fickle)
    port = receiver.url.rpartition(":")[2].split("/")[0]
    url = f"http://fickle.example:{port}/hook"
    await event.store.database.execute("UPDATE subscriptions SET url = $1", url)
    event.settings = settings_of({"SUBSCRIPTION_HOSTS": f"fickle.example:{port}"})
    await deliver(event, message)
    assert len(receiver.got) == 1
    assert asked.count("fickle.example") == 1


async def test_subscriptions_are_remembered_and_a_change_counts_at_once(
    event: Service[Store], receiver: Receiver, installation: Installation
) -> None:
    event.store.cache = Cache(lambda: installation.secret("redis-url"))
    await event.store.cache.forget(ACTIVES)
    try:
        assert await told(event, happened()) == []
        made = await subscribed(event, receiver.url)
        assert len(await told(event, happened())) == 1
        # Nobody asks the table in between; and whoever is not active any more gets nothing.
        await event.store.database.execute("UPDATE subscriptions SET type = 'never'")
        assert len(await told(event, happened())) == 1
        await event.store.database.execute("UPDATE subscriptions SET state = 'disabled'")
        assert await told(event, happened()) == []
        wanted = {"id": made["id"]}
        assert (await event.call(subscription_enable, by=admin(), json=wanted)).status == 200
        assert await told(event, happened()) == []
        assert (await event.call(unsubscribe, by=admin(), json=wanted)).status == 204
        assert await event.store._active() == []
    finally:
        await event.store.cache.forget(ACTIVES)
        await event.store.cache.close()


async def test_events_are_fanned_out_without_redis(
    event: Service[Store], receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    event.store.cache = Cache(lambda: "redis://127.0.0.1:1/0")
    await subscribed(event, receiver.url)
    messages = await told(event, happened(), happened(), happened())
    assert len(messages) == 3
    assert capfd.readouterr().err.count("cache not used") == 1


async def test_callback_needs_a_name_that_can_be(event: Service[Store]) -> None:
    for host in ("a..b", f"{'a' * 64}.example"):
        wanted = {"type": "#", "url": f"https://{host}/"}
        answer = await event.call(subscribe, by=admin(), json=wanted)
        assert (answer.status, answer.json()["detail"]) == (400, f"{host} has no address")


async def test_redirect_is_not_followed(event: Service[Store], receiver: Receiver) -> None:
    receiver.answer = (
        b"HTTP/1.1 302 X\r\nlocation: "
        + receiver.url.encode()
        + b"\r\ncontent-length: 0\r\n\r\n"
    )
    made = await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    await deliver(event, message)
    assert len(receiver.got) == 1
    [delivery] = await shown(event, id=made["id"])
    assert (delivery["state"], delivery["last_status"]) == ("waiting", 302)


async def test_receiver_that_is_gone_is_told_nothing_more(
    event: Service[Store], receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 410 X\r\ncontent-length: 0\r\n\r\n"
    await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    await deliver(event, message)
    assert (await shown(event))[0]["state"] == "disabled"


async def test_removed_subscription_is_told_nothing(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    wanted = {"id": made["id"], "why": "moved"}
    assert (await event.call(unsubscribe, by=admin("eve"), json=wanted)).status == 204
    assert (await deliver(event, message)).status == 204
    assert receiver.got == []
    assert await shown(event) == []
    again = await event.call(unsubscribe, by=admin("eve"), json=wanted)
    assert (again.status, again.json()["detail"]) == (
        404,
        f"no subscription has the id {made['id']}",
    )
    actions = await event.store.database.fetch(
        "SELECT caller, action, target, why FROM actions ORDER BY position"
    )
    assert [tuple(row.values()) for row in actions] == [
        ("ada", "subscription made", made["id"], ""),
        ("eve", "subscription removed", made["id"], "moved"),
    ]


async def test_delivery_waits_for_its_event(event: Service[Store], receiver: Receiver) -> None:
    await subscribed(event, receiver.url)
    sent = happened()
    await event.tell(fan_out_subscriptions, sent)
    message = Event.decode(event.broker.raw[-1].body)
    assert (await deliver(event, message)).status == 503
    await event.store.append([sent])
    assert (await deliver(event, message)).status == 204
    assert len(receiver.got) == 1


async def test_relay_sends_what_the_broker_did_not_take(
    event: Service[Store], receiver: Receiver
) -> None:
    await subscribed(event, receiver.url)
    event.broker.down = True
    assert await told(event, happened()) == []
    assert (await event.call(relay, by=service())).status == 503
    event.broker.down = False
    assert (await event.call(relay, by=service())).json() == {"published": 0, "due": 1}
    await deliver(event, Event.decode(event.broker.raw[-1].body))
    assert len(receiver.got) == 1


async def test_delivery_whose_event_was_kept_apart_comes_to_an_end(
    event: Service[Store], receiver: Receiver
) -> None:
    made = await subscribed(event, receiver.url)
    kept = happened(subject="post/1", revision=3)
    clash = happened(subject="post/1", revision=3)
    await event.store.append([kept])
    [message] = await told(event, clash)
    assert (await deliver(event, message)).status == 503
    await event.store.database.execute(
        "UPDATE deliveries SET created_at = $1", NOW - timedelta(minutes=5)
    )
    assert (await deliver(event, message)).status == 204
    [delivery] = await shown(event, id=made["id"])
    ended = ("failed", 0, "the log has no event of this id")
    assert (delivery["state"], delivery["attempts"], delivery["last_error"]) == ended
    assert receiver.got == []
    # Its callback has nothing to do with it: no attempt to it is put off, and none counted.
    [made] = await shown(event)
    assert (made["failed"], made["failing_since"], made["last_error"]) == (0, None, "")


async def test_address_is_checked_at_each_attempt(
    event: Service[Store], receiver: Receiver
) -> None:
    await subscribed(event, receiver.url)
    [message] = await told(event, happened())
    event.settings = settings_of()  # the host is allowed no longer
    await deliver(event, message)
    assert receiver.got == []
    [item] = await shown(event)
    assert (item["last_status"], item["last_error"]) == (
        0,
        "url must begin with https://, got http",
    )


async def test_subscribing_refuses_what_it_may_not_call(event: Service[Store]) -> None:
    event.settings = settings_of()
    for url, detail in (
        ("https://127.0.0.1/x", "127.0.0.1 is at 127.0.0.1, no public address"),
        ("http://example.com/", "url must begin with https://, got http"),
    ):
        answer = await event.call(subscribe, by=admin(), json={"type": "#", "url": url})
        assert (answer.status, answer.json()["detail"]) == (400, detail)
    wanted = {"type": "post.(", "url": "https://93.184.216.34/"}
    assert (await event.call(subscribe, by=admin(), json=wanted)).status == 400
    assert (await event.call(subscribe, by=member("m"), json=wanted)).status == 403
    assert (await event.call(subscriptions, by=member("m"))).status == 403


async def test_settled_deliveries_are_forgotten_after_a_month(
    event: Service[Store], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PURGE_CHANCE", 1)
    made = await subscribed(event, receiver.url)
    old, new = await told(event, happened(), happened())
    await deliver(event, old)
    await deliver(event, new)
    await event.store.database.execute(
        "UPDATE deliveries SET settled_at = CASE id WHEN $1 THEN now() - interval '31 days'"
        " ELSE now() END",
        old.data["id"],
    )
    await event.call(relay, by=service())
    assert [one["id"] for one in await shown(event, id=made["id"])] == [new.data["id"]]
