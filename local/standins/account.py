"""One ImageKit account: its library, what it accepts and the pictures it made of it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.standins import transformations
from local.standins.cache import Cache
from local.standins.files import File, Library, Refused, path_of
from local.standins.settings import ImageKitSettings
from local.standins.uploads import Signatures

PICTURE = {"width", "height", "AITags"}
SHOWN = PICTURE | {"fileId", "name", "size", "versionInfo", "filePath", "url", "fileType"}


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    mime: str
    # What of the URL was not understood: the stand-in says so instead of guessing.
    ignored: tuple[str, ...] = ()


class Account:
    def __init__(
        self, settings: ImageKitSettings, folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.library = Library(folder, clock)
        self.signatures = Signatures(settings, clock)
        self.cache = Cache(folder / "cache")

    def upload(self, form: Mapping[str, str], content: bytes) -> dict[str, Any]:
        if not form.get("fileName") or not content:
            raise Refused("file and fileName must both be sent")
        unique = form.get("useUniqueFileName", "true") != "false"
        path = path_of(form.get("folder", "/"), form["fileName"], unique=unique)
        if form.get("overwriteFile") == "false" and self.library.at(path):
            raise Refused(f"a file at {path} exists and overwriteFile is false")
        file = self.library.add(
            content,
            path,
            form.get("tags", "").split(","),
            metadata_of(form.get("customMetadata")),
            form.get("description", ""),
        )
        whole = file.described(self.settings.url_endpoint)
        wanted = SHOWN.union(form.get("responseFields", "").split(","))
        answer = {name: value for name, value in whole.items() if name in wanted}
        return answer | {"thumbnailUrl": whole["thumbnail"]}

    def picture(self, file: File, asked: str, accept: str) -> Picture:
        """Transform a picture, or serve what was made of it before."""
        steps = transformations.parse(asked)
        ignored = tuple(item for step in steps for item in step.ignored)
        original = self.library.original(file)
        if not steps or file.kind != "image":
            return Picture(original.read_bytes(), file.mime, ignored)
        key = f"{file.id}/{file.version}/{asked}/{'image/webp' in accept}"
        if kept := self.cache.get(key):
            return Picture(*kept, ignored)
        content, mime = transformations.apply(original.read_bytes(), steps, accept)
        self.cache.keep(key, content, mime)
        return Picture(content, mime, ignored)


def metadata_of(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise Refused(f"customMetadata must be JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused("customMetadata must be a JSON object")
    return value
