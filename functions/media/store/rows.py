"""ImageKit's files to pictures, and its refusals to ours."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import imagekitio
from imagekitio.types import File, FileUploadResponse

from functions.media.model import Found
from shared.errors import Invalid, NotFound, Unavailable

LONGEST_PAUSE = 300


@contextmanager
def answers(missing: str = "the picture is gone") -> Iterator[None]:
    """Turn ImageKit's refusals into ours."""
    try:
        yield
    except imagekitio.NotFoundError as error:
        raise NotFound(missing) from error
    except imagekitio.RateLimitError as error:
        pause = _pause(error)
        raise Unavailable("ImageKit takes no more calls for now", pause) from error
    except (imagekitio.AuthenticationError, imagekitio.PermissionDeniedError) as error:
        raise Unavailable("ImageKit does not accept this installation's key", 60) from error
    except imagekitio.APIStatusError as error:
        if error.status_code >= 500:
            raise Unavailable("ImageKit cannot answer for now") from error
        raise Invalid(f"ImageKit refused: {error.message}") from error
    except imagekitio.APIConnectionError as error:
        raise Unavailable("ImageKit does not answer") from error


def _pause(error: imagekitio.RateLimitError) -> int:
    """Read after how many seconds to come back; ImageKit tells them in milliseconds."""
    headers = error.response.headers
    for name, scale in (("retry-after", 1), ("x-ratelimit-reset", 1000)):
        text = headers.get(name, "")
        if text.isdecimal():
            return min(max(math.ceil(int(text) / scale), 1), LONGEST_PAUSE)
    return 5


def found_of(file: File) -> Found:
    if file.file_id is None or file.created_at is None:
        raise Unavailable("ImageKit told of a file without its id")
    return Found(
        id=file.file_id,
        version=(file.version_info and file.version_info.id) or "",
        url=file.url or "",
        name=file.name or "",
        mime=file.mime or "",
        width=int(file.width or 0),
        height=int(file.height or 0),
        size=int(file.size or 0),
        tags=tuple(file.tags or ()),
        created_at=file.created_at,
        updated_at=file.updated_at or file.created_at,
        alt=file.description or "",
    )


def uploaded_of(
    made: FileUploadResponse, kind: str, tags: tuple[str, ...], alt: str, now: datetime
) -> Found:
    if made.file_id is None or made.url is None:
        raise Unavailable("ImageKit kept a file without telling its id")
    return Found(
        id=made.file_id,
        version=(made.version_info and made.version_info.id) or "",
        url=made.url,
        name=made.name or "",
        mime=kind,
        width=int(made.width or 0),
        height=int(made.height or 0),
        size=int(made.size or 0),
        tags=tags,
        created_at=now,
        updated_at=now,
        alt=alt,
    )
