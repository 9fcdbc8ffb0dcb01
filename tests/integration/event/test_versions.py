"""An event is kept as it was said; who reads it later has it in the version that they know."""

from collections.abc import Iterator

import msgspec
import pytest

from event_connector.broker.history import Stored
from functions.event.operations import list as listing
from functions.event.operations import store as storing
from functions.event.store import Store
from shared.events import Event, read
from shared.testing import service
from tests.integration.event.examples import happened
from tests.integration.service import Service
from tests.schemas import parcels, sent


@pytest.fixture(scope="module", autouse=True)
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with parcels(tmp_path_factory.mktemp("schemas")):
        yield


def parcel(version: int, **data: object) -> Event:
    return happened(
        "parcel.sent",
        dataschema=f"proto:fanfold.parcel.v{version}.ParcelSent",
        subject=f"parcel/{version}",
        data={"id": "p1", "to": "user_ada", **data},
    )


async def test_events_of_every_version_are_listed_as_they_were_said(
    event: Service[Store],
) -> None:
    said = [parcel(1, grams=1500), parcel(2, kilograms=2.5), parcel(9, tons=1)]
    for one in said:
        assert (await event.tell(storing, one)).status == 204
    items = (await event.call(listing, by=service())).json()["items"]
    assert [(item["dataschema"], item["data"]) for item in items] == [
        (one.dataschema, one.data) for one in said
    ]
    rows = await event.store.database.fetch("SELECT member FROM events ORDER BY sequence")
    assert [row["member"] for row in rows] == ["user_ada", "user_ada", "user_ada"]


async def test_listed_event_fills_a_queue_and_is_read_in_the_newest_version(
    event: Service[Store],
) -> None:
    await event.tell(storing, parcel(1, grams=1500, street="Ring 1"))
    [item] = (await event.call(listing, by=service())).json()["items"]
    filled = Event.decode(msgspec.convert(item, Stored).event().encode())
    assert filled.dataschema == "proto:fanfold.parcel.v1.ParcelSent"
    assert read(filled, sent(3)) == sent(3)(
        id="p1",
        to="user_ada",
        kilograms=1.5,
        stations=[{"street": "Ring 1", "country": "AT"}],
    )
