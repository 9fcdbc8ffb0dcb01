"""What pictures tell the others: what was found in ImageKit, as messages."""

from uuid import NAMESPACE_URL, uuid5

from functions.media.model import Found
from proto.media.v1.events_pb2 import MediaUploaded
from shared.events import Event


def media_uploaded(found: Found) -> Event:
    """Derive the id from file and version: publishing it again is the same event again."""
    message = MediaUploaded(
        id=found.id,
        url=found.url,
        name=found.name,
        owner=found.owner,
        width=found.width,
        height=found.height,
        size=found.size,
    )
    change = uuid5(NAMESPACE_URL, f"fanfold:media/{found.id}/uploaded/{found.version}")
    return Event.of(
        message,
        subject=f"media/{found.id}",
        revision=None,
        time=found.created_at,
        id=str(change),
    )
