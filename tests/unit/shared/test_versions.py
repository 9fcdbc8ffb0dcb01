from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import GenericAlias, ModuleType
from typing import Any

import pytest

from shared import versions
from shared.application import Application
from shared.endpoint import SERVICES, Endpoint
from shared.errors import ConfigurationError, Conflict, Invalid
from shared.events import BATCH_TYPE, Event, read
from shared.operation import Operation
from shared.privacy import member_of, redacted
from shared.testing import Answer, ask, service
from shared.testing.calling import application_of, proof
from tests.schemas import parcels, sent

THEN = Event(
    id="e1",
    type="parcel.sent",
    source="/fanfold/parcel",
    subject="parcel/p1",
    time=datetime(2026, 3, 4, tzinfo=UTC),
    dataschema="proto:fanfold.parcel.v1.ParcelSent",
    data={"id": "p1", "to": "user_ada", "grams": 1500, "street": "Ring 1"},
    revision=1,
)
LATER = replace(
    THEN,
    id="e2",
    dataschema="proto:fanfold.parcel.v2.ParcelSent",
    data={"id": "p1", "to": "user_ada", "kilograms": 2.5, "place": {"country": "DE"}},
)
NEWEST = replace(THEN, id="e3", dataschema="proto:fanfold.parcel.v3.ParcelSent")
UNKNOWN = replace(THEN, id="e4", dataschema="proto:fanfold.parcel.v4.ParcelSent")


@pytest.fixture(scope="module", autouse=True)
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with parcels(tmp_path_factory.mktemp("schemas")):
        yield


def test_earlier_version_is_upcast_step_by_step() -> None:
    one, two, three = (sent(version) for version in (1, 2, 3))
    assert read(THEN, one) == one(id="p1", to="user_ada", grams=1500, street="Ring 1")
    place = {"street": "Ring 1", "country": "AT"}
    assert read(THEN, two) == two(id="p1", to="user_ada", kilograms=1.5, place=place)
    assert read(THEN, three) == three(id="p1", to="user_ada", kilograms=1.5, stations=[place])
    assert read(LATER, three) == three(
        id="p1", to="user_ada", kilograms=2.5, stations=[{"country": "DE"}]
    )


def test_event_itself_is_left_as_it_was_said() -> None:
    before = Event.decode(THEN.encode())
    read(THEN, sent(3))
    assert before == THEN


def test_upcast_is_given_every_field_of_its_version_and_no_other() -> None:
    early = replace(THEN, data={"id": "p1", "newer": True})
    place = {"street": "", "country": "AT"}
    assert read(early, sent(2)) == sent(2)(id="p1", kilograms=0, place=place)


@pytest.mark.parametrize(("event", "version"), [(LATER, 1), (NEWEST, 2), (UNKNOWN, 3)])
def test_newer_version_is_refused_for_now(event: Event, version: int) -> None:
    with pytest.raises(Conflict) as refused:
        read(event, sent(version))
    assert str(refused.value) == (
        f"fanfold.parcel.v{version}.ParcelSent is the newest version that is read here,"
        f" got {event.dataschema}: deploy this function anew"
    )


@pytest.mark.parametrize(
    "dataschema",
    [
        "proto:fanfold.parcel.v1.ParcelLost",
        "proto:fanfold.post.v1.ParcelSent",
        "proto:fanfold.parcel.v0.ParcelSent",
        "proto:fanfold.parcel.v1x.ParcelSent",
        "https://example.org/parcel.json",
    ],
)
def test_schema_of_something_else_is_refused(dataschema: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(replace(THEN, dataschema=dataschema), sent(2))
    assert str(refused.value) == (
        f"dataschema must be a version of fanfold.parcel.v2.ParcelSent, got {dataschema!r}"
    )


def test_event_without_a_schema_is_of_the_readers() -> None:
    assert read(replace(LATER, dataschema=""), sent(2)) == read(LATER, sent(2))


def test_data_that_are_not_of_their_version_are_refused() -> None:
    with pytest.raises(Invalid, match=r"data must be a fanfold\.parcel\.v1\.ParcelSent: "):
        read(replace(THEN, data={"grams": "much"}), sent(3))


def test_missing_upcast_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_upcasts", lambda _: {})
    with pytest.raises(
        ConfigurationError, match=r"proto/parcel/upcasts\.py must have an upcast"
    ):
        read(THEN, sent(2))


def test_member_is_found_in_every_version_and_in_a_newer_one_by_the_newest_known() -> None:
    newer = {"to": "user_ada", "stations": []}
    assert member_of(THEN.dataschema, THEN.data) == "user_ada"
    assert member_of(NEWEST.dataschema, newer) == "user_ada"
    assert member_of(UNKNOWN.dataschema, newer) == "user_ada"
    assert redacted(THEN.dataschema, THEN.data) == {**THEN.data, "street": ""}
    assert redacted(LATER.dataschema, {"place": {"street": "Ring 1", "country": "AT"}}) == {
        "place": {"street": "", "country": "AT"}
    }


def consumer(*, many: bool = False) -> tuple[Application, list[Any]]:
    """A consumer as a service writes it, which reads version 2."""
    taken: list[Any] = []

    async def handle(event: Any) -> None:
        taken.append(event)

    async def handle_many(events: Any) -> None:
        taken.extend(events)

    two: Any = sent(2)
    handle.__annotations__["event"] = two
    handle_many.__annotations__["events"] = GenericAlias(list, (two,))
    module = ModuleType("functions.depot.operations.on_parcel_sent")
    endpoint = Endpoint("POST", SERVICES, replayable=True)
    vars(module).update(ENDPOINT=endpoint, handle=handle_many if many else handle)
    operation = Operation.of(module, "depot-on-parcel-sent")
    return application_of({"": operation}), taken


async def deliver(
    application: Application, body: bytes, kind: str = "application/cloudevents+json"
) -> Answer:
    signed = proof(service(), "depot-on-parcel-sent", "/", body)
    return await ask(application, "POST", "/", {"content-type": kind, **signed}, body)


@pytest.mark.parametrize("replay", ["", "r1"])
async def test_consumer_meets_its_own_version_live_and_replayed(replay: str) -> None:
    application, taken = consumer()
    answer = await deliver(application, replace(THEN, replay=replay).encode())
    assert (answer.status, taken) == (204, [read(THEN, sent(2))])


async def test_consumer_meets_its_own_version_in_a_batch() -> None:
    application, taken = consumer(many=True)
    body = b"[" + THEN.encode() + b"," + LATER.encode() + b"]"
    answer = await deliver(application, body, BATCH_TYPE)
    assert (answer.status, taken) == (204, [read(THEN, sent(2)), read(LATER, sent(2))])


async def test_consumer_answers_a_newer_version_with_the_reason_and_to_be_tried_again() -> None:
    application, taken = consumer()
    answer = await deliver(application, NEWEST.encode())
    assert (answer.status, taken) == (409, [])
    assert answer.json()["detail"] == (
        "fanfold.parcel.v2.ParcelSent is the newest version that is read here, got"
        " proto:fanfold.parcel.v3.ParcelSent: deploy this function anew"
    )
