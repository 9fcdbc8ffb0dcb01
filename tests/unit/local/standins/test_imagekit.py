"""The stand-in of ImageKit over HTTP."""

import base64
import hashlib
import hmac
from io import BytesIO
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from local.standins.app import Standins
from local.standins.settings import Settings
from tests.unit.local.standins.conftest import PRIVATE_KEY, Clock, painted

BASIC = {"Authorization": "Basic " + base64.b64encode(f"{PRIVATE_KEY}:".encode()).decode()}
V1 = "/imagekit/api/v1/files/upload"
V2 = "/imagekit/api/v2/files/upload"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Serve ImageKit alone, as beside real keys of Clerk: it starts faster."""
    return environ | {"CLERK_STANDIN_URL": ""}


def upload(client: FlaskClient, content: bytes, **form: str) -> dict[str, Any]:
    form = {"fileName": "a.png", "useUniqueFileName": "false"} | form
    answer = send(client, V1, content, form, BASIC)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def send(
    client: FlaskClient,
    url: str,
    content: bytes,
    form: dict[str, str],
    headers: dict[str, str] | None = None,
) -> TestResponse:
    whole = form | {"file": (BytesIO(content), "sent.png")}
    return client.post(url, data=whole, headers=headers)


def picture(answer: TestResponse) -> Image.Image:
    return Image.open(BytesIO(answer.data))


def test_upload_describes_the_file(client: FlaskClient, png: bytes) -> None:
    made = upload(
        client, png, folder="/members/ada", tags="unsent, b", customMetadata='{"alt":"Sea"}'
    )
    file_id, version = made["fileId"], made["versionInfo"]["id"]
    assert made == {
        "fileId": file_id,
        "name": "a.png",
        "size": len(png),
        "versionInfo": {"id": version, "name": "Version 1"},
        "filePath": "/members/ada/a.png",
        "url": "/files/members/ada/a.png",
        "thumbnailUrl": "/files/members/ada/a.png?tr=n-ik_ml_thumbnail",
        "fileType": "image",
        "width": 40,
        "height": 20,
        "AITags": None,
    }
    details = client.get(f"/imagekit/v1/files/{file_id}/details", headers=BASIC).get_json()
    assert details["tags"] == ["unsent", "b"]
    assert details["customMetadata"] == {"alt": "Sea"}
    assert details["createdAt"] == details["updatedAt"] == "2027-01-15T08:00:00.000Z"


def test_upload_makes_names_unique_unless_told_otherwise(
    client: FlaskClient, png: bytes
) -> None:
    one = upload(client, png, useUniqueFileName="true", fileName="../my pic.png")
    two = upload(client, png, useUniqueFileName="true", fileName="../my pic.png")
    assert one["name"] != two["name"]
    assert one["name"].startswith("_my_pic_")
    first = upload(client, png)
    again = upload(client, png)
    assert (first["fileId"], first["filePath"]) == (again["fileId"], "/a.png")
    assert first["versionInfo"] != again["versionInfo"]


def test_upload_tells_the_type_by_content(client: FlaskClient) -> None:
    made = upload(client, b"only words", fileName="fake.png")
    assert (made["fileType"], made.get("width")) == ("non-image", None)
    served = client.get(made["url"].replace("/files", "/imagekit/files", 1))
    assert served.headers["Content-Disposition"] == "attachment"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "form",
    [
        {"fileName": ""},
        {"customMetadata": "[1]"},
        {"customMetadata": "{"},
        {"tags": "half%"},
        {"tags": "x" * 501},
    ],
)
def test_upload_refuses_what_imagekit_refuses(
    client: FlaskClient, png: bytes, form: dict[str, str]
) -> None:
    answer = send(client, V1, png, {"fileName": "a.png"} | form, BASIC)
    assert (answer.status_code, list(answer.get_json())) == (400, ["help", "message"])


def signed(clock: Clock, token: str = "t1", lifetime: int = 600) -> dict[str, str]:
    expire = str(int(clock.now) + lifetime)
    mac = hmac.new(PRIVATE_KEY.encode(), f"{token}{expire}".encode(), hashlib.sha1)
    return {
        "fileName": "a.png",
        "publicKey": "public_local",
        "token": token,
        "expire": expire,
        "signature": mac.hexdigest(),
    }


def test_direct_upload_takes_signed_parameters_once(
    client: FlaskClient, png: bytes, clock: Clock
) -> None:
    assert send(client, V1, png, signed(clock)).status_code == 200
    repeated = send(client, V1, png, signed(clock))
    assert (repeated.status_code, repeated.get_json()["message"]) == (
        403,
        "the token has been used before",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"expire": "1900000000"},
        {"expire": "soon"},
        {"publicKey": "public_other"},
        {"token": ""},
    ],
)
def test_direct_upload_refuses_parameters_that_were_changed(
    client: FlaskClient, png: bytes, clock: Clock, change: dict[str, str]
) -> None:
    assert send(client, V1, png, signed(clock) | change).status_code == 403


@pytest.mark.parametrize("lifetime", [-1, 3601])
def test_direct_upload_refuses_a_signature_out_of_its_time(
    client: FlaskClient, png: bytes, clock: Clock, lifetime: int
) -> None:
    assert send(client, V1, png, signed(clock, lifetime=lifetime)).status_code == 403


def with_token(clock: Clock, claims: dict[str, str], kid: str = "public_local") -> str:
    times = {"iat": int(clock.now), "exp": int(clock.now) + 600}
    return jwt.encode(claims | times, PRIVATE_KEY, "HS256", headers={"kid": kid})


def test_upload_by_token_holds_the_browser_to_what_was_signed(
    client: FlaskClient, png: bytes, clock: Clock
) -> None:
    form = {"fileName": "a.png", "tags": "unsent,owner:ada", "folder": "/members/ada"}
    token = {"token": with_token(clock, form)}
    changed = send(client, V2, png, form | {"tags": "owner:eve"} | token)
    assert (changed.status_code, changed.get_json()["message"]) == (
        403,
        "parameters differ from the signed ones: tags",
    )
    added = send(client, V2, png, form | {"overwriteFile": "true"} | token)
    assert added.get_json()["message"].endswith("signed ones: overwriteFile")
    assert send(client, V2, png, form | token).status_code == 200
    assert send(client, V2, png, form | token).status_code == 403


def test_upload_by_token_refuses_a_foreign_token(
    client: FlaskClient, png: bytes, clock: Clock
) -> None:
    form = {"fileName": "a.png"}
    for token in (with_token(clock, form, kid="public_x"), "no.token", ""):
        assert send(client, V2, png, form | {"token": token}).status_code == 403


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic bm9wZTo="}, {"Authorization": "Basic ???"}]
)
def test_library_asks_for_the_private_key(
    client: FlaskClient, png: bytes, header: dict[str, str]
) -> None:
    assert client.get("/imagekit/v1/files", headers=header).status_code == 401
    if header:
        assert send(client, V1, png, {"fileName": "a"}, header).status_code == 401


def listed(client: FlaskClient, **query: str) -> list[str]:
    answer = client.get("/imagekit/v1/files", query_string=query, headers=BASIC)
    assert answer.status_code == 200, answer.text
    return [file["name"] for file in answer.get_json()]


def test_list_finds_by_tag_name_and_path(client: FlaskClient, png: bytes, clock: Clock) -> None:
    for name, tags in (("a.png", "unsent"), ("b.png", "unsent,owner:ada"), ("c.png", "")):
        upload(client, png, fileName=name, tags=tags, folder="/members")
        clock.now += 1
    assert listed(client, searchQuery='tags IN ["unsent"]') == ["a.png", "b.png"]
    assert listed(client, searchQuery='tags IN ["unsent"]', limit="1", skip="1") == ["b.png"]
    both = 'tags IN ["owner:ada"] AND name = "b.png"'
    assert listed(client, searchQuery=both) == ["b.png"]
    assert listed(client, searchQuery='tags NOT IN ["unsent"]') == ["c.png"]
    assert listed(client, searchQuery='name : "b.p"') == ["b.png"]
    assert listed(client, searchQuery='path = "/members"', sort="DESC_CREATED") == [
        "c.png",
        "b.png",
        "a.png",
    ]
    assert listed(client, path="/elsewhere") == []
    assert listed(client, fileType="non-image") == []
    assert listed(client, type="file", fileType="image", sort="ASC_NAME")[0] == "a.png"


def test_list_says_which_query_it_does_not_know(client: FlaskClient) -> None:
    for query in ({"searchQuery": "size > 3"}, {"sort": "UP_NAME"}):
        answer = client.get("/imagekit/v1/files", query_string=query, headers=BASIC)
        assert answer.status_code == 400


def test_tags_are_added_removed_and_replaced(client: FlaskClient, png: bytes) -> None:
    file_id = upload(client, png, tags="a,b")["fileId"]
    url = f"/imagekit/v1/files/{file_id}/details"
    change = {"fileIds": [file_id], "tags": ["b"]}
    removed = client.post("/imagekit/v1/files/removeTags", json=change, headers=BASIC)
    assert removed.get_json() == {"successfullyUpdatedFileIds": [file_id]}
    client.post("/imagekit/v1/files/addTags", json=change | {"tags": ["c"]}, headers=BASIC)
    assert client.get(url, headers=BASIC).get_json()["tags"] == ["a", "c"]
    wish = {"tags": None, "customMetadata": {"alt": "Sea"}}
    assert client.patch(url, json=wish, headers=BASIC).get_json()["tags"] is None
    unknown = client.post(
        "/imagekit/v1/files/addTags", json=change | {"fileIds": ["x"]}, headers=BASIC
    )
    assert unknown.status_code == 404


def test_library_survives_a_restart_and_forgets_what_was_deleted(
    client: FlaskClient, environ: dict[str, str], clock: Clock, png: bytes
) -> None:
    kept, gone = upload(client, png), upload(client, png, fileName="b.png")
    deleted = client.delete(f"/imagekit/v1/files/{gone['fileId']}", headers=BASIC)
    assert (deleted.status_code, deleted.data) == (204, b"")
    again = Standins.build(Settings.read(environ), clock)
    restarted = again.app.test_client()
    assert restarted.get("/imagekit/files/a.png").data == png
    assert restarted.get("/imagekit/files/b.png").status_code == 404
    assert listed(restarted) == [kept["name"]]
    again.close()


@pytest.mark.parametrize(
    ("transformation", "form", "size"),
    [
        ("w-20", "PNG", (20, 10)),
        ("h-5", "PNG", (10, 5)),
        ("w-10,h-10", "PNG", (10, 10)),
        ("w-0.5", "PNG", (20, 10)),
        ("w-10,dpr-2", "PNG", (20, 10)),
        ("w-100,h-100,c-at_max", "PNG", (40, 20)),
        ("w-10,h-10,c-at_max", "PNG", (10, 5)),
        ("w-10,h-10,c-at_least", "PNG", (20, 10)),
        ("w-7,h-9,c-force", "PNG", (7, 9)),
        ("w-30,h-30,cm-pad_resize,bg-20304A", "PNG", (30, 30)),
        ("ar-1-1,w-12", "PNG", (12, 12)),
        ("ar-1-1", "PNG", (20, 20)),
        ("w-20,f-webp,q-50", "WEBP", (20, 10)),
        ("f-jpg", "JPEG", (40, 20)),
        ("f-avif", "AVIF", (40, 20)),
        ("w-20:h-5", "PNG", (10, 5)),
        ("bl-3,e-grayscale", "PNG", (40, 20)),
        ("n-ik_ml_thumbnail", "PNG", (40, 20)),
        ("w-999999", "PNG", (4096, 4096)),
    ],
)
def test_picture_is_transformed(
    client: FlaskClient, transformation: str, form: str, size: tuple[int, int]
) -> None:
    upload(client, painted(40, 20, mode="RGBA"))
    answer = client.get("/imagekit/files/a.png", query_string={"tr": transformation})
    assert (answer.status_code, answer.mimetype) == (200, f"image/{form.lower()}")
    made = picture(answer)
    assert (made.format, made.size) == (form, size)
    assert "X-Standin-Ignored" not in answer.headers
    repeated = client.get(f"/imagekit/files/tr:{transformation}/a.png")
    assert repeated.data == answer.data


def test_picture_follows_the_browser_when_asked(client: FlaskClient, png: bytes) -> None:
    upload(client, png)
    url = "/imagekit/files/a.png?tr=f-auto"
    assert client.get(url).mimetype == "image/png"
    assert client.get(url, headers={"Accept": "image/webp"}).mimetype == "image/webp"


def test_picture_names_what_it_did_not_understand(client: FlaskClient, png: bytes) -> None:
    upload(client, png)
    answer = client.get("/imagekit/files/a.png?tr=w-10,r-max,w-wide")
    assert (answer.status_code, answer.headers["X-Standin-Ignored"]) == (200, "r-max,w-wide")


@pytest.mark.parametrize(
    "item", ["w-nan", "w-inf", "h--1", "dpr-1e999", "ar-1-nan", "ar-1e400-1", "w-"]
)
def test_number_that_is_none_is_not_understood(
    client: FlaskClient, png: bytes, item: str
) -> None:
    upload(client, png)
    answer = client.get("/imagekit/files/a.png", query_string={"tr": f"{item},h-5"})
    assert (answer.status_code, answer.headers["X-Standin-Ignored"]) == (200, item)


@pytest.mark.parametrize("extreme", ["w-1e308,dpr-1e308", "ar-1e-300-1,w-5", "ar-1-0,w-5"])
def test_number_beyond_all_measure_is_cut(
    client: FlaskClient, png: bytes, extreme: str
) -> None:
    upload(client, png)
    answer = client.get("/imagekit/files/a.png", query_string={"tr": extreme})
    assert max(picture(answer).size) <= 4096


@pytest.mark.parametrize(
    ("size", "transformation", "reason"),
    [
        ((1, 8000), "w-4096,h-1,c-at_least", "a picture may have 50000000 pixels, got 4096 x"),
        ((8000, 7000), "w-10", "a picture may have 50000000 pixels, got 8000 x 7000"),
        ((40, 20), ":".join(["w-4096"] * 11), "a transformation may have 10 steps, got 11"),
    ],
)
def test_picture_that_takes_too_much_work_is_refused(
    client: FlaskClient, size: tuple[int, int], transformation: str, reason: str
) -> None:
    upload(client, painted(*size, mode="1"))
    answer = client.get("/imagekit/files/a.png", query_string={"tr": transformation})
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(reason)


def test_broken_picture_is_no_picture(client: FlaskClient, png: bytes) -> None:
    assert upload(client, png[:24] + b"junk" * 9)["fileType"] == "non-image"


def test_picture_that_ends_early_is_not_transformed(client: FlaskClient, png: bytes) -> None:
    upload(client, png[:-30])
    answer = client.get("/imagekit/files/a.png?tr=w-10")
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith("the picture cannot be read: ")


def test_picture_is_not_sent_twice(client: FlaskClient, png: bytes) -> None:
    upload(client, png)
    first = client.get("/imagekit/files/a.png")
    assert (first.data, first.mimetype) == (png, "image/png")
    again = client.get(
        "/imagekit/files/a.png", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_avatar_is_drawn_from_the_name(client: FlaskClient) -> None:
    kite = client.get("/imagekit/files/avatars/paper-kite.png")
    assert picture(kite).size == (256, 256)
    assert client.get("/imagekit/files/avatars/paper-kite.png").data == kite.data
    assert client.get("/imagekit/files/avatars/slow-tide.png").data != kite.data


def test_health_is_told(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
