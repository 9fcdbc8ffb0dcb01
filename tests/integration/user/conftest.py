"""The user service on a database of its own for each test."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pymongo
import pytest
from svix.webhooks import Webhook

from functions.user.operations import clerk_webhook
from functions.user.store import SCHEMA, Store
from shared.databases.mongo import Mongo
from shared.testing import Answer, RecordingBroker, call, settings_of
from tests.conftest import Installation
from tests.integration.service import Service

SECRET = "whsec_" + base64.b64encode(b"the secret of these tests").decode()
KEY = "sk_test_of_these_tests"
SETTINGS = settings_of(secrets={"svix-secret": SECRET})
THEN = 1_790_000_000_000


@dataclass
class Members(Service[Store]):
    """Members as Clerk tells of them; `url` is that of their database."""

    url: str = ""

    async def deliver(
        self, kind: str, data: dict[str, Any], delivery: str = "", **forged: str
    ) -> Answer:
        """Deliver a webhook, under an id of its own unless one is given."""
        body = json.dumps({"type": kind, "object": "event", "data": data}).encode()
        delivery = delivery or f"msg_{uuid4().hex}"
        # svix looks at the real clock, which cannot be turned.
        now = datetime.now(UTC)
        headers = {
            "svix-id": delivery,
            "svix-timestamp": str(int(now.timestamp())),
            "svix-signature": Webhook(SECRET).sign(delivery, now, body.decode()),
        }
        return await call(
            clerk_webhook,
            store=self.store,
            body=body,
            headers=headers | forged,
            settings=SETTINGS,
            broker=self.broker,
        )

    async def ask(
        self, operation: ModuleType, clerk: str, *, admins: str = "", **more: Any
    ) -> Answer:
        """Call an operation that asks the Clerk at this address."""
        settings = settings_of(
            {"CLERK_API_URL": clerk, "FANFOLD_ADMINS": admins},
            {"svix-secret": SECRET, "clerk-secret-key": KEY},
        )
        caller = more.pop("by", None)
        return await call(
            operation,
            store=self.store,
            caller=caller,
            settings=settings,
            broker=self.broker,
            **more,
        )

    async def stored(self, collection: str) -> list[dict[str, Any]]:
        return await self.store.database.collection(collection).find().to_list()


def ada(**change: Any) -> dict[str, Any]:
    """Give Ada as Clerk knows her."""
    return {
        "id": "user_ada",
        "username": "ada",
        "first_name": "Ada",
        "last_name": None,
        "image_url": "https://img.test/ada.png",
        "primary_email_address_id": "idn_1",
        "email_addresses": [{"id": "idn_1", "email_address": "ada@example.com"}],
        "created_at": THEN,
        "updated_at": THEN,
        **change,
    }


def clerks(name: str, **change: Any) -> dict[str, Any]:
    """Give a member of this name as Clerk knows them."""
    address = {"id": f"idn_{name}", "email_address": f"{name}@example.com"}
    given = {
        "id": f"user_{name}",
        "username": name,
        "first_name": name.title(),
        "primary_email_address_id": f"idn_{name}",
        "email_addresses": [address],
    }
    return ada(**(given | change))


def chief(name: str, **change: Any) -> dict[str, Any]:
    return clerks(name, public_metadata={"role": "admin"}, **change)


GONE = {"id": "user_ada", "object": "user", "deleted": True}


@pytest.fixture
async def members(installation: Installation) -> AsyncIterator[Members]:
    server, name = installation.admin["mongo"], f"test_{uuid4().hex}"
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    store = Store(Mongo(url))
    try:
        await store.database.migrate(SCHEMA)
        yield Members(store, broker=RecordingBroker(), url=url)
    finally:
        await store.database.close()
        async with pymongo.AsyncMongoClient[dict[str, Any]](server) as admin:
            await admin.drop_database(name)
