"""The media service with the real client, against a stand-in of ImageKit of its own."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from functions.media.operations import relay, upload
from functions.media.store import Store
from shared.ids import new_id
from shared.testing import CannedCalls, RecordingBroker, call, member, service, settings_of
from tests.integration.service import Service
from tests.integration.standins.serving import PRIVATE_KEY, serving
from tests.unit.functions.media.test_model import painted


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("standins")) as url:
        yield url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    settings = settings_of(
        {
            "IMAGEKIT_API_URL": f"{url}/imagekit",
            "IMAGEKIT_UPLOAD_URL": f"{url}/imagekit/api/v2/files/upload",
            "IMAGEKIT_PUBLIC_KEY": "public_local",
        },
        {"imagekit-private-key": PRIVATE_KEY},
    )
    made = Store.connect(settings)
    yield made
    await made.close()


@dataclass
class Pictures(Service[Store]):
    """Pictures of members whom no other test has."""

    owner: str = ""

    async def upload(self, owner: str = "", **query: str) -> dict[str, Any]:
        """Upload a picture that all were told of."""
        answer = await call(
            upload,
            store=self.store,
            caller=member(owner or self.owner),
            body=painted("PNG"),
            query=query,
            calls=self.calls,
        )
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.json()
        return made

    async def relay(self) -> list[tuple[str, str]]:
        """Let the relay run, and give what it told."""
        told = len(self.broker.published)
        answer = await self.call(relay, by=service())
        assert answer.status == 200, answer.body
        return [(event.type, event.subject) for event in self.broker.published[told:]]


@pytest.fixture
async def pictures(store: Store) -> AsyncIterator[Pictures]:
    owner = f"user_{new_id()[-12:]}"
    # Every post is this owner's.
    calls = CannedCalls({"post-get": {"author": {"id": owner}}})
    made = Pictures(store, calls=calls, broker=RecordingBroker(), owner=owner)
    yield made
    await store.forget_owner(owner)
    await made.relay()
