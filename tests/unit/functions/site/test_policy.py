"""What browsers are told, by settings."""

import base64

from tests.unit.functions.site.conftest import Get

KEY = "pk_test_" + base64.b64encode(b"witty-owl-7.clerk.accounts.dev$").decode().rstrip("=")
STANDINS = {
    "CLERK_STANDIN_URL": "http://127.0.0.1:1/clerk",
    "IMAGEKIT_URL_ENDPOINT": "/function/site/imagekit/files",
}


async def policy(site: Get, environ: dict[str, str]) -> str:
    return (await site("/", environ=environ)).headers["content-security-policy"]


async def test_the_demo_reaches_nothing_but_its_origin(site: Get) -> None:
    assert await policy(site, STANDINS) == (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self';"
        " img-src 'self' https:; connect-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )


async def test_clerk_is_let_in_by_its_key(site: Get) -> None:
    told = await policy(site, {"CLERK_PUBLISHABLE_KEY": KEY})
    assert "connect-src 'self' https://witty-owl-7.clerk.accounts.dev;" in told
    assert "script-src 'self' https://witty-owl-7.clerk.accounts.dev https://chall" in told


async def test_a_key_that_names_no_host_lets_nobody_in(site: Get) -> None:
    evil = "pk_test_" + base64.b64encode(b"*; script-src *$").decode()
    assert "connect-src 'self';" in await policy(site, {"CLERK_PUBLISHABLE_KEY": evil})


async def test_an_absolute_picture_endpoint_is_named(site: Get) -> None:
    told = await policy(site, {"IMAGEKIT_URL_ENDPOINT": "http://pictures.example:9/fanfold"})
    assert "img-src 'self' https: http://pictures.example:9;" in told


async def test_config_tells_the_demo(site: Get) -> None:
    answer = await site("/config.json", environ=STANDINS)
    assert answer.json() == {
        "functions": "/function/",
        "separator": "-",
        "clerk_publishable_key": "",
        "demo": True,
        "imagekit_url_endpoint": "/function/site/imagekit/files",
    }
    assert answer.headers["cache-control"] == "no-cache"


async def test_config_with_clerk_is_no_demo(site: Get) -> None:
    answer = await site("/config.json", environ={**STANDINS, "CLERK_PUBLISHABLE_KEY": KEY})
    assert (answer.json()["demo"], answer.json()["clerk_publishable_key"]) == (False, KEY)


async def test_pictures_go_straight_to_where_they_live(site: Get) -> None:
    told = await policy(
        site, {"IMAGEKIT_UPLOAD_URL": "https://upload.example/api/v2/files/upload"}
    )
    assert "connect-src 'self' https://upload.example;" in told
