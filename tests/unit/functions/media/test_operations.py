"""Pictures over the runtime, with ImageKit's part played by the test."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from functions.media.model import Found, Picture, Placing
from functions.media.operations import get, relay, upload, upload_auth
from shared.context import Caller
from shared.errors import NotFound, Unavailable
from shared.testing import CannedCalls, RecordingBroker, admin, call, member, service
from tests.unit.functions.media.test_model import FOUND, painted


class Library:
    """Files by id, with what was asked of them."""

    database = None
    upload_url = "/upload"

    def __init__(self, *files: Found) -> None:
        self.files = {file.id: file for file in files}
        self.added: list[tuple[str, Placing]] = []
        self.settled: list[str] = []
        self.spared: list[str] = []
        self.removed: list[str] = []

    async def get(self, picture_id: str) -> Picture:
        if picture_id not in self.files:
            raise NotFound(f"no picture has the id {picture_id}")
        return self.files[picture_id].picture

    async def add(
        self, content: bytes, kind: str, placing: Placing, alt: str, now: datetime
    ) -> Picture:
        self.added.append((kind, placing))
        return replace(FOUND, size=len(content), alt=alt, updated_at=now).picture

    async def pending(self, limit: int) -> list[Found]:
        return list(self.files.values())[:limit]

    async def settle(self, told: Iterable[Found]) -> None:
        self.settled += [found.id for found in told]

    async def spare(self, stranger: Found) -> None:
        self.spared.append(stranger.id)

    async def remove(self, picture_id: str) -> None:
        self.removed.append(picture_id)


async def test_upload_keeps_a_picture_for_its_owner() -> None:
    library, content = Library(), painted("JPEG")
    answer = await call(
        upload,
        store=library,
        caller=member("user_ada"),
        body=content,
        query={"name": "sea.png"},
    )
    assert (answer.status, answer.json()["size"]) == (201, len(content))
    [(kind, placing)] = library.added
    assert (kind, placing.tags) == ("image/jpeg", ("unsent", "owner:user_ada"))
    assert placing.name.endswith(".jpg")


async def test_upload_of_text_named_png_is_refused() -> None:
    library = Library()
    answer = await call(
        upload, store=library, caller=member(), body=b"only words", query={"name": "sea.png"}
    )
    assert (answer.status, answer.json()["detail"]) == (
        415,
        "the body must be a picture: avif, gif, jpeg, png, webp, and its content is none",
    )
    assert library.added == []


async def test_upload_over_the_limit_is_refused() -> None:
    body = painted("PNG") + b"\0" * 5_242_880
    answer = await call(upload, store=Library(), caller=member(), body=body)
    assert answer.status == 413


@pytest.mark.parametrize("module", [upload, upload_auth])
async def test_visitors_upload_nothing(module: object) -> None:
    assert (await call(module, store=Library(), body=b"")).status == 401  # type: ignore[arg-type] # a module


async def test_get_shows_a_picture_to_anybody() -> None:
    answer = await call(get, store=Library(FOUND), query={"id": "f1"})
    assert (answer.status, answer.json()["owner"]) == (200, "user_ada")
    assert (await call(get, store=Library(), query={"id": "f1"})).status == 404
    assert (await call(get, store=Library(), query={"id": "../x"})).status == 400


async def test_relay_announces_and_then_marks() -> None:
    library, broker = Library(FOUND, replace(FOUND, id="f2")), RecordingBroker()
    answer = await call(relay, store=library, caller=service(), broker=broker)
    assert (answer.status, answer.json()) == (200, {"published": 2})
    assert [event.subject for event in broker.published] == ["media/f1", "media/f2"]
    assert (library.settled, library.removed) == (["f1", "f2"], [])


async def test_relay_marks_nothing_that_was_not_announced() -> None:
    library = Library(FOUND)
    answer = await call(
        relay, store=library, caller=service(), broker=RecordingBroker(down=True)
    )
    assert (answer.status, library.settled) == (503, [])


async def test_relay_marks_what_went_before_the_broker_did() -> None:
    class Fading(RecordingBroker):
        async def publish(self, event: object) -> None:
            if self.published:
                raise Unavailable("RabbitMQ does not answer")
            await super().publish(event)  # type: ignore[arg-type] # the double's own event

    library = Library(FOUND, replace(FOUND, id="f2"))
    answer = await call(relay, store=library, caller=service(), broker=Fading())
    assert (answer.status, library.settled) == (503, ["f1"])


async def test_relay_throws_away_what_is_no_picture_and_spares_a_strangers_file() -> None:
    script = replace(FOUND, id="f2", mime="text/html")
    strangers = replace(FOUND, id="f3", tags=("unsent",))
    library, broker = Library(FOUND, script, strangers), RecordingBroker()
    answer = await call(relay, store=library, caller=service(), broker=broker)
    assert answer.json() == {"published": 1}
    assert (library.settled, library.spared, library.removed) == (["f1"], ["f3"], ["f2"])


async def test_relay_is_for_the_platform() -> None:
    assert (await call(relay, store=Library(), caller=member())).status == 403


POST = "01a203bf-ceaa-716c-935f-93d88914c188"


@pytest.mark.parametrize(
    ("caller", "post", "status"),
    [
        (member("user_ada"), {"author": {"id": "user_ada"}}, 201),
        (member("user_ada"), {"author": {"id": "user_eve"}}, 403),
        (admin(), {"author": {"id": "user_eve"}}, 201),
        # A draft of one's own: the service of posts shows it to nobody else.
        (member("user_ada"), NotFound("no post has the id"), 201),
        (member("user_ada"), Unavailable("post-get does not answer"), 503),
    ],
)
async def test_upload_goes_to_a_post_of_its_owner(
    caller: Caller, post: dict[str, Any] | Exception, status: int
) -> None:
    library = Library()
    answer = await call(
        upload,
        store=library,
        caller=caller,
        body=painted("PNG"),
        query={"post_id": POST},
        calls=CannedCalls({"post-get": post}),
    )
    assert answer.status == status
    tags = [placing.tags[-1] for _, placing in library.added]
    assert tags == ([f"post:{POST}"] if status == 201 else [])
