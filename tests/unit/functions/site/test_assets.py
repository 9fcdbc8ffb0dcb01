"""Files of the built site."""

from pathlib import Path

import pytest

from tests.unit.functions.site.conftest import Get


async def test_a_hashed_asset_is_kept_for_ever(site: Get) -> None:
    answer = await site("/assets/index-abc.js")
    assert (answer.status, answer.body) == (200, b"plain")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"


async def test_a_file_without_hash_is_kept_for_a_while(site: Get) -> None:
    answer = await site("/mark.svg")
    assert answer.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip;q=0.8", "gzip", b"gzip"),
        ("br;q=0, gzip", "gzip", b"gzip"),
        ("identity", None, b"plain"),
    ],
)
async def test_the_smallest_accepted_encoding_is_sent(
    site: Get, accepted: str, encoding: str | None, body: bytes
) -> None:
    answer = await site("/assets/index-abc.js", headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding"), answer.body) == (encoding, body)


async def test_a_known_file_is_not_sent_again(site: Get) -> None:
    etag = (await site("/mark.svg")).headers["etag"]
    answer = await site("/mark.svg", headers={"if-none-match": f'"other", W/{etag}'})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)


async def test_head_has_no_body(site: Get) -> None:
    answer = await site("/mark.svg", method="HEAD")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "6", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/missing.js",
        "/assets/",
        "/../secret.svg",
        "/%2e%2e/secret.svg",
        "/assets/..%2f..%2fsecret.svg",
        "/assets/%5c..%5csecret.svg",
        "/link.svg",
        "/mark.svg%00.svg",
        "/" + "a" * 300 + ".svg",
        "/" + "a/" * 3000 + "a.svg",
    ],
)
async def test_what_is_not_in_the_folder_is_not_there(site: Get, path: str) -> None:
    answer = await site(path)
    assert (answer.status, answer.json()["title"]) == (404, "Not Found")


async def test_only_get_is_answered(site: Get) -> None:
    answer = await site("/mark.svg", method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_without_a_build_the_way_to_one_is_shown(site: Get, dist: Path) -> None:
    answer = await site("/", environ={"SITE_DIST": str(dist / "nowhere")})
    assert answer.status == 503
    assert b"make up" in answer.body
    assert b"npm run build" in answer.body
