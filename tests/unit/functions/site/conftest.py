"""A built site in miniature, and the function asked over the runtime."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from functions.site import standin
from functions.site.operations import index
from shared.operation import Operation
from shared.testing import Answer, CannedCalls, ask, settings_of
from shared.testing.calling import application_of

INDEX = """<!doctype html><html><head>
<!-- head: replaced -->
<title>Fanfold</title>
<!-- /head -->
</head><body></body></html>"""

Get = Callable[..., Awaitable[Answer]]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "index-abc.js").write_text("plain")
    (folder / "assets" / "index-abc.js.br").write_bytes(b"brotli")
    (folder / "assets" / "index-abc.js.gz").write_bytes(b"gzip")
    (folder / "mark.svg").write_text("<svg/>")
    (tmp_path / "secret.svg").write_text("outside")
    (folder / "link.svg").symlink_to(tmp_path / "secret.svg")
    return folder


@pytest.fixture
def site(dist: Path) -> Get:
    """Ask the function: `await site("/path", method="GET", environ={…}, calls=…, …)`."""

    async def get(
        target: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        environ: dict[str, str] | None = None,
        calls: CannedCalls | None = None,
    ) -> Answer:
        settings = settings_of({"SITE_DIST": str(dist), **(environ or {})})
        application = application_of(
            {"": Operation.of(index, "site")}, settings=settings, calls=calls
        )
        return await ask(application, method, target, headers or {}, body)

    return get


@pytest.fixture
def standin_asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, Any]]]:
    """Answer for the stand-ins with 200 and `{}`; give what they are asked."""
    asked: list[tuple[str, str, dict[str, Any]]] = []

    async def answer(method: str, url: str, **sent: Any) -> standin.Answer:
        asked.append((method, url, sent))
        if "unknown" in str(sent):
            return standin.Answer(404, {}, b"")
        told = {"content-type": "image/png", "etag": '"1"', "set-cookie": "a=b"}
        return standin.Answer(200, told, b"{}")

    monkeypatch.setattr(standin, "ask", answer)
    return asked
