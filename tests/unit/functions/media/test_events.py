"""What a picture's event carries."""

from dataclasses import replace

from functions.media import events
from tests.unit.functions.media.test_model import FOUND, THEN


def test_media_uploaded_has_no_revision_and_an_id_of_its_change() -> None:
    event = events.media_uploaded(FOUND)
    assert (event.type, event.subject, event.revision, event.time) == (
        "media.uploaded",
        "media/f1",
        None,
        THEN,
    )
    assert event.data == {
        "id": "f1",
        "url": "/files/members/user_ada/sea.png",
        "name": "sea.png",
        "owner": "user_ada",
        "width": 40,
        "height": 20,
        "size": 123,
    }


def test_the_same_change_is_the_same_event_and_a_new_version_another() -> None:
    untagged = replace(FOUND, tags=("owner:user_ada",))
    assert events.media_uploaded(FOUND).id == events.media_uploaded(untagged).id
    replaced = replace(FOUND, version="v2")
    assert events.media_uploaded(FOUND).id != events.media_uploaded(replaced).id
