"""Events and failed deliveries as they reach the service."""

from typing import Any

from shared.events import Event
from shared.ids import new_id
from shared.testing import NOW, Answer, call, service
from tests.integration.service import Service


def happened(kind: str = "post.created", **changes: Any) -> Event:
    attributes: dict[str, Any] = {
        "id": new_id(),
        "type": kind,
        "source": "/fanfold/post",
        "subject": f"post/{new_id()}",
        "time": NOW,
        "dataschema": "proto:fanfold.post.v1.PostCreated",
        "data": {"title": "Grüße"},
        "revision": 1,
    }
    return Event(**attributes | changes)


async def fail(event: Service[Any], body: bytes, **headers: str) -> Answer:
    """Deliver a dead letter as the connector does; `last_error` stands for its header."""
    from functions.event.operations import dead_letter_store

    told = {
        "function": "post-on-user-updated",
        "attempt": "10",
        "reason": "attempts exhausted",
        "last_status": "500",
        "last_error": "the shelf is full",
        "first_failed_at": "2026-03-04T05:00:00.000Z",
        "last_failed_at": "2026-03-04T05:05:00.000Z",
        **headers,
    }
    sent = {f"fanfold-{name.replace('_', '-')}": value for name, value in told.items()}
    return await call(
        dead_letter_store, store=event.store, caller=service(), body=body, headers=sent
    )
