"""What a function could not handle is kept, looked at and sent once more."""

from typing import Any

from functions.event.operations import dead_letter_list, dead_letter_retry
from functions.event.store import Store
from shared.testing import NOW, admin, member, service, visitor
from shared.testing.doubles import Published
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service


async def letters(event: Service[Store], /, **query: str | int) -> list[dict[str, Any]]:
    page = await event.call(dead_letter_list, by=admin("a"), query=query)
    assert page.status == 200, page.body
    return list(page.json()["items"])


async def test_dead_letter_is_kept_with_all_that_was_told(event: Service[Store]) -> None:
    sent = happened()
    told = {"last_error": "%C3%9Cberlauf%0A%00", "stack": 'File "a.py"%0A  x = y'}
    answer = await fail(event, sent.encode(), **told)
    assert answer.status == 204
    [letter] = await letters(event)
    assert len(letter.pop("id")) == 36
    shown = letter.pop("event")
    assert len(letter.pop("cause")) == 32
    assert (shown["id"], shown["data"]) == (sent.id, sent.data)
    assert letter == {
        "event_id": sent.id,
        "type": "post.created",
        "function": "post-on-user-updated",
        "reason": "attempts exhausted",
        "attempts": 10,
        "last_status": 500,
        "last_error": "Überlauf\n\N{REPLACEMENT CHARACTER}",
        "first_failed_at": "2026-03-04T05:00:00Z",
        "last_failed_at": "2026-03-04T05:05:00Z",
        "state": "waiting",
        "retried_by": "",
        "retried_at": None,
        "traceparent": "",
        "raw": None,
        "function_version": "",
        "retry_of": "",
        "stack": 'File "a.py"\n  x = y',
        "edited_by": "",
        "edited_at": None,
        "discarded_by": "",
        "discarded_at": None,
        "why": "",
    }


async def test_letters_of_one_event_are_found_by_it(event: Service[Store]) -> None:
    """By this the connector asks whether the letter that a lane stands behind is discarded."""
    sent, other = happened(), happened()
    for one, function in ((sent, "a"), (sent, "b"), (other, "a")):
        await fail(event, one.encode(), function=function)
    found = await letters(event, event=sent.id)
    assert {(one["event_id"], one["function"]) for one in found} == {
        (sent.id, "a"),
        (sent.id, "b"),
    }
    [mine] = await letters(event, event=sent.id, function="a", state="waiting", limit=1)
    assert (mine["event_id"], mine["function"]) == (sent.id, "a")
    assert await letters(event, event=sent.id, state="discarded") == []


async def test_dead_letter_of_any_bytes_is_kept(event: Service[Store]) -> None:
    for body in (b"", b"\x00\xff", b"[" * 100_000, b"{}", b'{"id":"\\u0000"}'):
        assert (await fail(event, body, reason="malformed")).status == 204
    kept = {letter["raw"][:10] for letter in await letters(event)}
    assert kept == {"", "\x00\\xff", "[" * 10, "{}", '{"id":"\\u0'}


async def test_many_dead_letters_are_kept_in_one_call(event: Service[Store]) -> None:
    from functions.event.operations import dead_letter_store
    from shared.letters import BATCH_TYPE, Letter, encode
    from shared.testing import call

    def failed(body: bytes, function: str, at: str) -> Letter:
        told = {"fanfold-function": function, "fanfold-last-failed-at": at}
        return Letter({**told, "fanfold-reason": "status 500"}, body)

    one, other = happened(), happened()
    sent = [
        failed(one.encode(), "a", "2026-03-04T05:00:00Z"),
        failed(b"\xff", "a", "2026-03-04T05:01:00Z"),
        failed(other.encode(), "a", "2026-03-04T05:02:00Z"),
        failed(one.encode(), "b", "2026-03-04T05:03:00Z"),
        failed(one.encode(), "a", "2026-03-04T05:04:00Z"),  # it has failed once more
    ]
    headers = {"content-type": BATCH_TYPE}
    for _ in range(2):
        answer = await call(
            dead_letter_store,
            store=event.store,
            caller=service(),
            body=encode(sent),
            headers=headers,
        )
        assert answer.status == 204
    kept = [(one["event_id"], one["function"], one["raw"]) for one in await letters(event)]
    assert kept == [
        (one.id, "a", None),
        (one.id, "b", None),
        (other.id, "a", None),
        (kept[3][0], "a", "\\xff"),
    ]


async def test_retry_that_fails_by_a_clock_that_is_behind_waits_again(
    event: Service[Store],
) -> None:
    body = happened().encode()
    await fail(event, body, last_failed_at="2026-03-04T05:05:00Z")
    [letter] = await letters(event)
    await event.call(dead_letter_retry, by=admin("a"), json={"id": letter["id"]})
    [retried] = await letters(event)
    assert retried["state"] == "retried"
    # The first failure, delivered twice, and then the retry's own.
    await fail(event, body, last_failed_at="2026-03-04T05:05:00Z", retry_of=letter["id"])
    assert [one["state"] for one in await letters(event)] == ["retried"]
    await fail(event, body, last_failed_at="2026-03-04T05:01:00Z", retry_of=letter["id"])
    assert [one["state"] for one in await letters(event)] == ["waiting"]


async def test_dead_letters_that_are_no_list_are_refused(event: Service[Store]) -> None:
    from functions.event.operations import dead_letter_store
    from shared.letters import BATCH_TYPE
    from shared.testing import call

    answer = await call(
        dead_letter_store,
        store=event.store,
        caller=service(),
        body=b"[1]",
        headers={"content-type": BATCH_TYPE},
    )
    assert answer.status == 400


async def test_dead_letter_without_any_header_is_kept(event: Service[Store]) -> None:
    from functions.event.operations import dead_letter_store
    from shared.testing import call

    answer = await call(dead_letter_store, store=event.store, caller=service(), body=b"?")
    assert answer.status == 204
    [letter] = await letters(event)
    assert (letter["function"], letter["first_failed_at"]) == (
        "unknown",
        "2026-03-04T05:06:07Z",
    )


async def test_dead_letter_is_one_per_event_and_function(event: Service[Store]) -> None:
    body = happened().encode()
    for function in ("like-on-post-created", "comment-on-post-created"):
        await fail(event, body, function=function)
        await fail(event, body, function=function)  # a delivery that came twice
    await fail(
        event,
        body,
        function="like-on-post-created",
        attempt="3",
        first_failed_at="2026-03-04T05:06:00Z",
        last_failed_at="2026-03-04T05:06:05Z",
    )
    found = [
        (x["function"], x["attempts"], x["first_failed_at"], x["last_failed_at"])
        for x in await letters(event)
    ]
    assert found == [
        ("like-on-post-created", 3, "2026-03-04T05:00:00Z", "2026-03-04T05:06:05Z"),
        ("comment-on-post-created", 10, "2026-03-04T05:00:00Z", "2026-03-04T05:05:00Z"),
    ]


async def test_retry_publishes_to_the_function_alone_and_records_who(
    event: Service[Store],
) -> None:
    sent = happened()
    await fail(event, sent.encode())
    [letter] = await letters(event)
    answer = await event.call(dead_letter_retry, by=admin("ada"), json={"id": letter["id"]})
    assert answer.status == 200
    assert answer.json() == letter | {
        "state": "retried",
        "retried_by": "ada",
        "retried_at": "2026-03-04T05:06:07Z",
    }
    assert event.broker.raw == [
        Published(
            "events.return",
            "fn.post-on-user-updated",
            sent.encode(),
            {"fanfold-retry-of": letter["id"], "fanfold-origin-key": "post.created"},
            sent.id,
        )
    ]
    actions = await event.store.database.fetch(
        "SELECT at, caller, action, target, why FROM actions"
    )
    assert actions == [
        {
            "at": NOW,
            "caller": "ada",
            "action": "dead letter retried",
            "target": letter["id"],
            "why": "",
        }
    ]
    assert await letters(event, state="waiting") == []
    assert [x["id"] for x in await letters(event, state="retried")] == [letter["id"]]


async def test_retry_happens_once_until_it_fails_again(event: Service[Store]) -> None:
    body = happened().encode()
    await fail(event, body)
    [letter] = await letters(event)
    wanted = {"id": letter["id"]}
    assert (await event.call(dead_letter_retry, by=admin("ada"), json=wanted)).status == 200
    await fail(event, body)  # the first delivery of the dead letter once more
    refused = await event.call(dead_letter_retry, by=admin("eve"), json=wanted)
    assert (refused.status, refused.json()["detail"]) == (
        409,
        f"dead letter {letter['id']} was retried already by ada",
    )
    await fail(event, body, last_failed_at="2026-03-04T05:07:00Z")
    [again] = await letters(event, state="waiting")
    assert (again["id"], again["retried_by"]) == (letter["id"], "ada")
    assert (await event.call(dead_letter_retry, by=admin("eve"), json=wanted)).status == 200
    assert len(event.broker.raw) == 2


async def test_retry_does_not_hide_a_failure_that_came_meanwhile(event: Service[Store]) -> None:
    body = happened().encode()
    await fail(event, body)
    [letter] = await letters(event)
    seen, _ = await event.store.letter(letter["id"])
    await fail(event, body, last_failed_at="2026-03-04T05:06:08Z")
    after = await event.store.retried(seen, "ada", NOW)
    assert after.state == "waiting"


async def test_retry_keeps_the_letter_waiting_while_the_broker_is_down(
    event: Service[Store],
) -> None:
    await fail(event, happened().encode())
    [letter] = await letters(event)
    event.broker.down = True
    answer = await event.call(dead_letter_retry, by=admin("ada"), json={"id": letter["id"]})
    assert answer.status == 503
    assert await letters(event) == [letter]


async def test_retry_refuses_what_it_cannot_send(event: Service[Store]) -> None:
    unknown = await event.call(dead_letter_retry, by=admin("ada"), json={"id": "nothing"})
    assert (unknown.status, unknown.json()["detail"]) == (
        404,
        "no dead letter has the id nothing",
    )
    await fail(event, b"?", function="")
    [letter] = await letters(event)
    answer = await event.call(dead_letter_retry, by=admin("ada"), json={"id": letter["id"]})
    assert answer.status == 409


async def test_dead_letters_are_for_administrators(event: Service[Store]) -> None:
    for caller, status in [(visitor(), 401), (member("m"), 403), (service(), 403)]:
        # The connector looks whether a letter that stops a lane was discarded.
        seen = 200 if caller == service() else status
        assert (await event.call(dead_letter_list, by=caller)).status == seen
        answer = await event.call(dead_letter_retry, by=caller, json={"id": "x"})
        assert answer.status == status


async def test_dead_letters_come_in_pages(event: Service[Store]) -> None:
    for second in range(5):
        at = f"2026-03-04T05:05:0{second}Z"
        await fail(event, happened().encode(), last_failed_at=at)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await event.call(dead_letter_list, by=admin("a"), query=query)).json()
        seen += [item["last_failed_at"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [f"2026-03-04T05:05:0{second}Z" for second in (4, 3, 2, 1, 0)]
