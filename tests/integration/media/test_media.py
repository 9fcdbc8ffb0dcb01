"""Pictures through the runtime and the real client, against the stand-in of ImageKit."""

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from functions.media.model import Placing
from functions.media.operations import get, relay, upload, upload_auth
from functions.media.store import Store
from shared.testing import (
    NOW,
    Answer,
    RecordingBroker,
    call,
    member,
    service,
    settings_of,
    visitor,
)
from tests.integration.standins.serving import PRIVATE_KEY
from tests.unit.functions.media.test_model import painted


async def ask_relay(store: Store, broker: RecordingBroker) -> Answer:
    return await call(relay, store=store, caller=service(), broker=broker)


async def test_a_picture_is_uploaded_shown_and_announced_once(store: Store) -> None:
    content = painted("PNG", (64, 48))
    made = await call(
        upload, store=store, caller=member("user_ada"), body=content, query={"name": "Sea.jpg"}
    )
    assert made.status == 201
    picture = made.json()
    assert picture["name"].startswith("sea-")
    assert picture["name"].endswith(".png")
    assert picture == {
        "id": picture["id"],
        "url": picture["url"],
        "thumbnail": f"{picture['url']}?tr=w-480,h-320,q-80",
        "cover": f"{picture['url']}?tr=w-1600,h-840,q-80",
        "srcset": [{"url": f"{picture['url']}?tr=w-64,c-at_max,q-80", "width": 64}],
        "name": picture["name"],
        "alt": "",
        "tags": [],
        "post_id": "",
        "width": 64,
        "height": 48,
        "size": len(content),
        "owner": "user_ada",
    }
    shown = await call(get, store=store, caller=visitor(), query={"id": picture["id"]})
    assert (shown.status, shown.json()) == (200, picture)

    broker = RecordingBroker()
    assert (await ask_relay(store, broker)).json() == {"published": 1}
    assert (await ask_relay(store, broker)).json() == {"published": 0}
    [event] = broker.published
    assert (event.type, event.subject) == ("media.uploaded", f"media/{picture['id']}")
    assert event.data == {name: picture[name] for name in event.data}
    assert (await call(get, store=store, query={"id": picture["id"]})).json() == picture

    async with httpx.AsyncClient() as browser:
        thumbnail = await browser.get(picture["thumbnail"])
        assert thumbnail.headers["content-type"] == "image/png"
        assert (await browser.get(picture["url"])).content == content


async def test_an_announcement_that_failed_is_made_again_with_the_same_id(store: Store) -> None:
    body = painted("WEBP")
    await call(upload, store=store, caller=member(), body=body)
    [found] = await store.pending(50)
    assert (await ask_relay(store, RecordingBroker(down=True))).status == 503
    first, second = RecordingBroker(), RecordingBroker()
    await ask_relay(store, first)
    # As if the process had died before it took the tag away.
    await store.client.files.bulk.add_tags(file_ids=[found.id], tags=["unsent"])
    await ask_relay(store, second)
    assert first.published[0].id == second.published[0].id


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_every_kind_is_taken_and_measured_alike(store: Store, form: str) -> None:
    made = await call(upload, store=store, caller=member(), body=painted(form, (30, 40)))
    assert (made.status, made.json()["width"], made.json()["height"]) == (201, 30, 40)
    await ask_relay(store, RecordingBroker())


async def test_text_named_png_is_refused_and_not_kept(store: Store) -> None:
    body, query = b"only words", {"name": "fake.png"}
    answer = await call(upload, store=store, caller=member(), body=body, query=query)
    assert answer.status == 415
    assert await store.pending(50) == []


async def send(url: str, fields: dict[str, str], content: bytes) -> httpx.Response:
    async with httpx.AsyncClient() as browser:
        return await browser.post(url, data=fields, files={"file": ("sent.png", content)})


def ticket(store: Store, owner: str = "user_ada") -> dict[str, str]:
    now = datetime.now(UTC)
    return store.ticket(Placing.of("sea.png", owner, now), now)[0]


async def test_a_browser_uploads_with_a_ticket_once(store: Store) -> None:
    fields = ticket(store)
    made = await send(store.upload_url, fields, painted("PNG"))
    assert made.status_code == 200
    assert (await send(store.upload_url, fields, painted("PNG"))).status_code == 403
    broker = RecordingBroker()
    await ask_relay(store, broker)
    [event] = broker.published
    assert (event.data["id"], event.data["owner"]) == (made.json()["fileId"], "user_ada")


@pytest.mark.parametrize(
    "change",
    [
        {"tags": "unsent,owner:user_eve"},
        {"tags": ""},
        {"folder": "/members/user_eve"},
        {"fileName": "other.png"},
        {"overwriteFile": "true"},
        {"customMetadata": "{}"},
    ],
    ids=str,
)
async def test_a_browser_cannot_change_what_was_signed(
    store: Store, change: dict[str, str]
) -> None:
    answer = await send(store.upload_url, ticket(store) | change, painted("PNG"))
    assert answer.status_code == 403
    assert await store.pending(50) == []


async def test_what_a_browser_uploads_in_place_of_a_picture_is_thrown_away(
    store: Store,
) -> None:
    made = await send(store.upload_url, ticket(store), b"<script>alert(1)</script>")
    file_id = made.json()["fileId"]
    assert (await call(get, store=store, query={"id": file_id})).status == 404
    broker = RecordingBroker()
    assert (await ask_relay(store, broker)).json() == {"published": 0}
    assert (await store.pending(50), broker.published) == ([], [])


async def test_a_ticket_is_the_members_own_and_short_lived(store: Store) -> None:
    answer = await call(
        upload_auth, store=store, caller=member("user_ada"), query={"name": "Sea view.png"}
    )
    assert answer.status == 200
    made = answer.json()
    claims = jwt.decode(
        made["fields"].pop("token"),
        PRIVATE_KEY,
        algorithms=["HS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    times = {"iat": claims.pop("iat"), "exp": claims.pop("exp")}
    assert times == {
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(minutes=10)).timestamp(),
    }
    assert made == {
        "upload_url": store.upload_url,
        "fields": claims,
        "expire": "2026-03-04T05:16:07Z",
    }
    assert claims["tags"] == "unsent,owner:user_ada"
    assert claims["folder"] == "/members/user_ada"


async def test_an_unknown_picture_is_not_found(store: Store) -> None:
    assert (await call(get, store=store, query={"id": "unknown"})).status == 404


async def test_imagekit_away_is_said_with_a_time_to_come_back() -> None:
    settings = settings_of(
        {
            "IMAGEKIT_API_URL": "http://127.0.0.1:9/imagekit",
            "IMAGEKIT_UPLOAD_URL": "/upload",
            "IMAGEKIT_PUBLIC_KEY": "public_local",
        },
        {"imagekit-private-key": PRIVATE_KEY},
    )
    store = Store.connect(settings)
    answer = await call(upload, store=store, caller=member(), body=painted("PNG"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "ImageKit does not answer"
    await store.close()
