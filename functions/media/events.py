"""What pictures tell the others: what was found in ImageKit, as messages."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from functions.media.model import CHANGED, DELETING, UNSENT, Found
from proto.media.v1.events_pb2 import MediaDeleted, MediaUpdated, MediaUploaded
from shared.events import Event


def pending(found: Found) -> list[Event]:
    """Give what nobody was told of this file yet, in the order in which it happened."""
    events = []
    if UNSENT in found.pending:
        events.append(media_uploaded(found))
    if any(slot in found.pending for slot in CHANGED):
        events.append(media_updated(found))
    if DELETING in found.pending:
        events.append(media_deleted(found))
    return events


def media_uploaded(found: Found) -> Event:
    message = MediaUploaded(**_public(found))
    return _event(found, message, f"uploaded/{found.version}", found.created_at)


def media_updated(found: Found) -> Event:
    slots = ",".join(slot for slot in found.pending if slot in CHANGED)
    change = f"updated/{slots}/{found.updated_at.isoformat()}"
    return _event(found, MediaUpdated(**_public(found)), change, found.updated_at)


def media_deleted(found: Found) -> Event:
    message = MediaDeleted(id=found.id, owner=found.owner, post_id=found.post_id)
    return _event(found, message, "deleted", found.updated_at)


def _event(
    found: Found,
    message: MediaUploaded | MediaUpdated | MediaDeleted,
    change: str,
    time: datetime,
) -> Event:
    """Derive the id from file and change: publishing it again is the same event again."""
    name = f"fanfold:media/{found.id}/{change}"
    made = str(uuid5(NAMESPACE_URL, name))
    return Event.of(message, subject=f"media/{found.id}", revision=None, time=time, id=made)


def _public(found: Found) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": found.url,
        "name": found.name,
        "owner": found.owner,
        "width": found.width,
        "height": found.height,
        "size": found.size,
        "post_id": found.post_id,
        "tags": found.labels,
        "alt": found.alt,
    }
