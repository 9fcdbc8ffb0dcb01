"""The media library on disk: each file as it was sent, and beside it a JSON record."""

import json
import mimetypes
import re
import secrets
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

# What Pillow's readers raise over a picture that is none, or is one no more.
BROKEN = (OSError, SyntaxError, ValueError, LookupError, EOFError, struct.error)


class Refused(Exception):
    """What ImageKit answers with a 400."""


@dataclass(frozen=True, slots=True)
class File:
    id: str
    path: str
    version: str
    size: int
    mime: str
    width: int
    height: int
    tags: tuple[str, ...]
    custom_metadata: dict[str, Any]
    created_at: str
    updated_at: str
    description: str = ""

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return "image" if self.mime.startswith("image/") else "non-image"

    def described(self, url_endpoint: str) -> dict[str, Any]:
        """Say of a file what the REST API says."""
        url = f"{url_endpoint}{self.path}"
        picture = {"width": self.width, "height": self.height} if self.width else {}
        return picture | {
            "type": "file",
            "fileId": self.id,
            "name": self.name,
            "filePath": self.path,
            "url": url,
            "thumbnail": f"{url}?tr=n-ik_ml_thumbnail",
            "fileType": self.kind,
            "mime": self.mime,
            "size": self.size,
            "tags": list(self.tags) or None,
            "AITags": None,
            "customMetadata": self.custom_metadata,
            "description": self.description,
            "customCoordinates": None,
            "isPrivateFile": False,
            "isPublished": True,
            "versionInfo": {"id": self.version, "name": "Version 1"},
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }


class Library:
    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.originals = folder / "files"
        self.records = folder / "records"
        self.clock = clock
        for made in (self.originals, self.records):
            made.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._files = {file.id: file for file in self._load()}

    def _load(self) -> Iterable[File]:
        for record in sorted(self.records.glob("*.json")):
            fields = json.loads(record.read_text())
            yield File(**fields | {"tags": tuple(fields["tags"])})

    def all(self) -> list[File]:
        with self._lock:
            return list(self._files.values())

    def get(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def at(self, path: str) -> File | None:
        return next((file for file in self.all() if file.path == path), None)

    def original(self, file: File) -> Path:
        return self.originals / file.id

    def add(
        self,
        content: bytes,
        path: str,
        tags: Iterable[str],
        custom_metadata: dict[str, Any],
        description: str = "",
    ) -> File:
        """Keep a file under its path; one that is there already gets a new version."""
        mime, width, height = look_at(content, path)
        there = self.at(path)
        now = self._now()
        file = File(
            id=there.id if there else secrets.token_hex(12),
            path=path,
            version=secrets.token_hex(12),
            size=len(content),
            mime=mime,
            width=width,
            height=height,
            tags=_tags(tags),
            custom_metadata=custom_metadata,
            created_at=there.created_at if there else now,
            updated_at=now,
            description=description,
        )
        part = self.originals / f"{file.id}.part"
        part.write_bytes(content)
        part.rename(self.original(file))
        return self._keep(file)

    def retag(self, file: File, tags: Iterable[str]) -> File:
        return self._keep(replace(file, tags=_tags(tags), updated_at=self._now()))

    def describe(self, file: File, description: str) -> File:
        return self._keep(replace(file, description=description, updated_at=self._now()))

    def annotate(self, file: File, custom_metadata: dict[str, Any]) -> File:
        merged = file.custom_metadata | custom_metadata
        kept = {name: value for name, value in merged.items() if value is not None}
        return self._keep(replace(file, custom_metadata=kept, updated_at=self._now()))

    def remove(self, file: File) -> None:
        with self._lock:
            self._files.pop(file.id, None)
        (self.records / f"{file.id}.json").unlink(missing_ok=True)
        self.original(file).unlink(missing_ok=True)

    def _keep(self, file: File) -> File:
        part = self.records / f"{file.id}.part"
        part.write_text(json.dumps(asdict(file)))
        part.rename(self.records / f"{file.id}.json")
        with self._lock:
            self._files[file.id] = file
        return file

    def _now(self) -> str:
        now = datetime.fromtimestamp(self.clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def path_of(folder: str, name: str, *, unique: bool) -> str:
    """Clean folder and name as ImageKit does, with a suffix of our own when asked."""
    steps = [re.sub(r"[^A-Za-z0-9_-]", "_", step) for step in folder.split("/") if step]
    clean = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "file"
    if unique:
        stem, dot, suffix = clean.rpartition(".")
        clean = f"{stem or suffix}_{secrets.token_urlsafe(7)}{dot}{suffix if stem else ''}"
    return "/" + "/".join([*steps, clean])


def look_at(content: bytes, name: str) -> tuple[str, int, int]:
    """Tell type and size by content; only what is no picture goes by its name."""
    try:
        with Image.open(BytesIO(content)) as image:
            return Image.MIME[image.format or ""], *image.size
    except Image.DecompressionBombError as error:
        raise Refused(str(error)) from error
    except BROKEN:
        guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return "application/octet-stream" if guess.startswith("image/") else guess, 0, 0


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if sum(map(len, unique)) > 500 or any("%" in tag for tag in unique):
        raise Refused("tags may hold 500 characters together and no %")
    return unique
