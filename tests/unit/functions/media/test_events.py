"""What a picture's event carries."""

from dataclasses import replace
from datetime import timedelta

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
        "post_id": "",
        "tags": [],
        "alt": "",
    }


def test_the_same_change_is_the_same_event_and_a_new_version_another() -> None:
    untagged = replace(FOUND, tags=("owner:user_ada",))
    assert events.media_uploaded(FOUND).id == events.media_uploaded(untagged).id
    replaced = replace(FOUND, version="v2")
    assert events.media_uploaded(FOUND).id != events.media_uploaded(replaced).id


def test_a_file_tells_all_that_is_pending_in_order() -> None:
    tags = ("deleting", "changed-7", "unsent", "owner:user_ada", "post:p1", "tag:sea")
    told = events.pending(replace(FOUND, tags=tags, alt="The sea"))
    assert [event.type for event in told] == [
        "media.uploaded",
        "media.updated",
        "media.deleted",
    ]
    assert told[1].data["tags"] == ["sea"]
    assert (told[1].data["alt"], told[1].data["post_id"]) == ("The sea", "p1")
    assert told[2].data == {"id": "f1", "owner": "user_ada", "post_id": "p1"}
    assert events.pending(replace(FOUND, tags=("owner:user_ada",))) == []


def test_each_change_is_an_event_of_its_own() -> None:
    one = replace(FOUND, tags=("owner:user_ada", "changed-1"))
    later = replace(one, updated_at=THEN + timedelta(seconds=1))
    other = replace(one, tags=("owner:user_ada", "changed-2"))
    made = [events.media_updated(found).id for found in (one, later, other)]
    assert len(set(made)) == 3
    assert events.media_updated(one).id == made[0]
