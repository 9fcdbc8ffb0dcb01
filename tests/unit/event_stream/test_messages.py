from datetime import UTC, datetime

from event_stream import messages
from functions.event.model import Conflicting, DeadLetter, Deed, Kind, Run, State
from proto.stream.v1 import stream_pb2 as pb
from shared.pages import Page
from tests.unit.event_stream.log import AT, stored


def test_event_says_what_it_knows() -> None:
    made = messages.event(stored(7, revision=None, data={"title": "Grüße"}))

    assert (made.sequence, made.type, made.subject) == (7, "post.created", "post/7")
    assert (made.HasField("revision"), made.data) == (False, '{"title":"Grüße"}')
    assert made.time.ToDatetime(tzinfo=UTC) == AT


def letter(**changes: object) -> DeadLetter:
    attributes: dict[str, object] = {
        "id": "1",
        "event_id": "2",
        "type": "post.created",
        "function": "like-on-post-created",
        "reason": "attempts exhausted",
        "attempts": 10,
        "last_status": 500,
        "last_error": "no shelf",
        "first_failed_at": AT,
        "last_failed_at": AT,
    }
    return DeadLetter(**attributes | changes)  # type: ignore[arg-type] # any of its fields


def test_letter_is_an_event_or_bytes() -> None:
    of_event = messages.letter(letter(event={"id": "2"}, state=State.RETRIED, retried_at=AT))
    of_bytes = messages.letter(letter(raw="x"))

    assert (of_event.WhichOneof("body"), of_event.event) == ("event", '{"id":"2"}')
    assert (of_event.state, of_event.HasField("retried_at")) == (
        pb.DEAD_LETTER_STATE_RETRIED,
        True,
    )
    assert (of_bytes.WhichOneof("body"), of_bytes.HasField("retried_at")) == ("raw", False)
    assert messages.state(of_bytes.state) is State.WAITING


def test_messages_have_what_the_store_has() -> None:
    """What a message lacks is left out on purpose; a field that nobody fills is a mistake."""
    for names, entity in (
        (messages._EVENT, stored(1)),
        (messages._LETTER, letter()),
        (messages._RUN, run()),
        (messages._DEED, deed()),
        (messages._CONFLICT, conflicting()),
    ):
        assert [name for name in names if not hasattr(entity, name)] == []


def run() -> Run:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Run(
        id="1", kind=Kind.RETRY, types=[], total=1, rate=5, started_by="operator", started_at=at
    )


def deed() -> Deed:
    return Deed(id=7, at=AT, who="operator", what="run paused", target="1", why="", count=1)


def conflicting(**envelope: str) -> Conflicting:
    return Conflicting(
        id="2", subject="post/1", revision=3, kept_id="1", envelope=envelope, noticed_at=AT
    )


def test_deeds_say_who_did_what() -> None:
    (told,) = messages.deeds(Page([deed()])).actions

    assert (told.caller, told.action, told.target, told.count) == (
        "operator",
        "run paused",
        "1",
        1,
    )


def test_conflict_has_its_event_until_its_member_is_gone() -> None:
    found = Page([conflicting(type="post.created"), conflicting()], "more")
    told = messages.conflicts(found)

    assert [one.event for one in told.conflicts] == ['{"type":"post.created"}', ""]
    assert (told.next, told.conflicts[0].kept_id) == ("more", "1")


def test_state_of_no_name_is_any() -> None:
    assert messages.state(pb.DEAD_LETTER_STATE_UNSPECIFIED) is None
