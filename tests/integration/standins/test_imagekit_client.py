"""The real client of ImageKit against the stand-in, over loopback."""

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import imagekitio
import pytest
from imagekitio import AsyncImageKit
from PIL import Image

from tests.integration.standins.serving import PRIVATE_KEY, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("standins")) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncImageKit]:
    async with AsyncImageKit(
        private_key=PRIVATE_KEY, base_url=f"{url}/imagekit", max_retries=0, timeout=5
    ) as made:
        yield made


def png(width: int = 64, height: int = 48) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


async def test_client_uploads_finds_retags_and_deletes(client: AsyncImageKit) -> None:
    sent = png()
    made = await client.files.upload(
        file=sent,
        file_name="a.png",
        folder="/members/ada",
        tags=["unsent", "owner:ada"],
        custom_metadata={"alt": "Sea"},
        response_fields=["tags", "customMetadata"],
    )
    assert made.file_id is not None
    assert (made.width, made.height, made.size) == (64, 48, len(sent))
    assert made.tags == ["unsent", "owner:ada"]
    assert made.custom_metadata == {"alt": "Sea"}

    found = await client.assets.list(search_query='tags IN ["owner:ada"]', limit=50)
    assert [file.file_id for file in found if isinstance(file, imagekitio.types.File)] == [
        made.file_id
    ]
    assert (
        await client.files.bulk.remove_tags(file_ids=[made.file_id], tags=["unsent"])
    ).successfully_updated_file_ids == [made.file_id]
    await client.files.bulk.add_tags(file_ids=[made.file_id], tags=["cover"])
    got = await client.files.get(made.file_id)
    assert (got.tags, got.mime) == (["owner:ada", "cover"], "image/png")
    changed = await client.files.update(made.file_id, tags=["owner:ada"])
    assert changed.tags == ["owner:ada"]

    await client.files.delete(made.file_id)
    with pytest.raises(imagekitio.NotFoundError):
        await client.files.get(made.file_id)


async def test_client_transforms_by_url(client: AsyncImageKit, url: str) -> None:
    made = await client.files.upload(file=png(), file_name="b.png")
    address = await client.helper.build_url(
        src=made.url or "",
        url_endpoint=f"{url}/imagekit/files",
        transformation=[{"width": 32, "quality": 70, "format": "webp"}],
    )

    def get() -> tuple[str, bytes]:
        with urllib.request.urlopen(address) as answer:
            return answer.headers["Content-Type"], answer.read()

    kind, content = await asyncio.to_thread(get)
    image = Image.open(BytesIO(content))
    assert (kind, image.format, image.size) == ("image/webp", "WEBP", (32, 24))


async def test_client_uploads_with_parameters_it_signed(
    client: AsyncImageKit, url: str
) -> None:
    parameters = await client.helper.get_authentication_parameters()
    form = {name: str(value) for name, value in parameters.items()}
    browser = AsyncImageKit(private_key="unknown", base_url=f"{url}/imagekit", max_retries=0)
    made = await browser.files.upload(
        file=png(),
        file_name="c.png",
        public_key="public_local",
        token=form["token"],
        expire=parameters["expire"],
        signature=form["signature"],
        extra_headers={"Authorization": imagekitio.Omit()},
    )
    assert made.name is not None
    assert made.name.startswith("c_")
    with pytest.raises(imagekitio.AuthenticationError):
        await browser.files.get(made.file_id or "")
    await browser.close()


async def test_client_meets_the_errors_it_knows(client: AsyncImageKit) -> None:
    with pytest.raises(imagekitio.BadRequestError):
        await client.assets.list(search_query="size > 3")
    with pytest.raises(imagekitio.NotFoundError):
        await client.files.delete("unknown")
