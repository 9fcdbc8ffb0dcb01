"""ImageKit's client, used once for all processes: it builds its models when it needs them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from imagekitio import AsyncImageKit
from imagekitio import _base_client as base

from functions.media.model import Placing
from functions.media.store.projections import Projections
from shared.rehearsal import run

MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
FILE: dict[str, Any] = {
    "type": "file",
    "fileId": "none",
    "createdAt": "1970-01-01T00:00:00.000Z",
    "updatedAt": "1970-01-01T00:00:00.000Z",
    "versionInfo": {"id": "none", "name": "none"},
    "url": "https://rehearsal.invalid/none.png",
    "filePath": "/none.png",
    "name": "none.png",
    "mime": "image/png",
    "tags": ["owner:nobody", "post:none", "unsent"],
    "width": 1,
    "height": 1,
    "size": 1,
    "description": "",
}


def know_platform(client: AsyncImageKit) -> None:
    """Tell the client what it runs on: it would make a thread to find that out."""
    client._platform = base.get_platform()  # noqa: SLF001 - there is no argument for it


def client() -> AsyncImageKit:
    """Give a client of an account that holds one file, and is in this process."""
    made = AsyncImageKit(
        private_key="none",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=httpx.MockTransport(_answer)),
    )
    know_platform(made)
    return made


def use(store: Projections) -> None:
    """Call what every operation calls; nothing of it waits."""
    placing = Placing("none.png", "nobody", "none")
    run(store.add(b"none", "image/png", placing, "", MOMENT))
    run(store.get("none"))
    run(store.page("nobody", "", "", None, 1))
    run(store.pending(1))
    run(store.change("none", lambda found: replace(found, tags=("owner:nobody",), alt="A")))
    run(store.delete("none", lambda _: None))
    run(store.remove("none"))


def _answer(request: httpx.Request) -> httpx.Response:
    if request.method == "DELETE":
        return httpx.Response(204)
    if request.url.path.endswith(("/addTags", "/removeTags")):
        return httpx.Response(200, json={"successfullyUpdatedFileIds": ["none"]})
    many = request.method == "GET" and request.url.path.endswith("/files")
    return httpx.Response(200, json=[FILE] if many else FILE)
