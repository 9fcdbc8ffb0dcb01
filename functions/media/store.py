"""Pictures in ImageKit, whose tags say which of them nobody was told of yet."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import imagekitio
import jwt
from imagekitio import AsyncImageKit, DefaultAsyncHttpxClient
from imagekitio.types import File, FileUploadResponse

from functions.media.model import UNSENT, Found, Picture, Placing, thumbnail_of
from shared.errors import Invalid, NotFound, Unavailable
from shared.settings import Settings

REAL_API = "https://api.imagekit.io"
PATIENCE = 5.0
TICKET_LIFETIME = timedelta(minutes=10)


class Store:
    database = None

    def __init__(self, client: AsyncImageKit, public_key: str, upload_url: str) -> None:
        self.client = client
        self.public_key = public_key
        self.upload_url = upload_url

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        settings.require("imagekit_api_url", "imagekit_public_key", "imagekit_upload_url")
        # Naming the real address would send uploads there too, and those have another.
        api = settings.imagekit_api_url.rstrip("/")
        client = AsyncImageKit(
            private_key=settings.secret("imagekit-private-key"),
            base_url=None if api == REAL_API else api,
            timeout=PATIENCE,
            max_retries=0,
            # Reading the certificates takes each process 50 ms and 5 MB; a stand-in has none.
            http_client=DefaultAsyncHttpxClient(verify=not api.startswith("http://")),
        )
        return cls(client, settings.imagekit_public_key, settings.imagekit_upload_url)

    async def close(self) -> None:
        await self.client.close()

    async def get(self, picture_id: str) -> Picture:
        """Give one of ours: what else the account holds is nobody's business."""
        with _answers(f"no picture has the id {picture_id}"):
            found = _found(await self.client.files.get(picture_id))
        if found.flaw:
            raise NotFound(f"no picture has the id {picture_id}")
        return found.picture

    async def add(self, content: bytes, kind: str, placing: Placing) -> Picture:
        with _answers():
            made = await self.client.files.upload(
                file=(placing.name, content, kind),
                file_name=placing.name,
                folder=placing.folder,
                tags=placing.tags,
                use_unique_file_name=False,
                overwrite_file=False,
            )
        return _uploaded(made, placing.owner)

    def ticket(self, placing: Placing, now: datetime) -> tuple[dict[str, str], datetime]:
        """Sign every field of a browser's upload, so that it can send these and no others."""
        fields = {
            "fileName": placing.name,
            "folder": placing.folder,
            "tags": ",".join(placing.tags),
            "useUniqueFileName": "false",
            "overwriteFile": "false",
        }
        expire = now + TICKET_LIFETIME
        times = {"iat": int(now.timestamp()), "exp": int(expire.timestamp())}
        token = jwt.encode(
            fields | times, self.client.private_key, "HS256", headers={"kid": self.public_key}
        )
        return fields | {"token": token}, expire.replace(microsecond=0)

    async def unsent(self, limit: int) -> list[Found]:
        """List what was uploaded and not yet announced, the oldest first."""
        with _answers():
            files = await self.client.assets.list(
                search_query=f'tags IN ["{UNSENT}"]',
                sort="ASC_CREATED",
                type="file",
                limit=limit,
            )
        return [_found(file) for file in files if isinstance(file, File)]

    async def mark_sent(self, picture_ids: list[str]) -> None:
        if not picture_ids:
            return
        try:
            await self._untag(picture_ids)
        except NotFound:
            # One was deleted meanwhile, and ImageKit then leaves the others as they are.
            for picture_id in picture_ids:
                with suppress(NotFound):
                    await self._untag([picture_id])

    async def _untag(self, picture_ids: list[str]) -> None:
        with _answers():
            await self.client.files.bulk.remove_tags(file_ids=picture_ids, tags=[UNSENT])

    async def remove(self, picture_id: str) -> None:
        with _answers(), suppress(imagekitio.NotFoundError):
            await self.client.files.delete(picture_id)


@contextmanager
def _answers(missing: str = "the picture is gone") -> Iterator[None]:
    """Turn ImageKit's refusals into ours."""
    try:
        yield
    except imagekitio.NotFoundError as error:
        raise NotFound(missing) from error
    except imagekitio.RateLimitError as error:
        raise Unavailable("ImageKit takes no more calls for now", retry_after=5) from error
    except (imagekitio.AuthenticationError, imagekitio.PermissionDeniedError) as error:
        raise Unavailable("ImageKit does not accept this installation's key", 60) from error
    except imagekitio.APIStatusError as error:
        if error.status_code >= 500:
            raise Unavailable("ImageKit cannot answer for now") from error
        raise Invalid(f"ImageKit refused: {error.message}") from error
    except imagekitio.APIConnectionError as error:
        raise Unavailable("ImageKit does not answer") from error


def _found(file: File) -> Found:
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
    )


def _uploaded(made: FileUploadResponse, owner: str) -> Picture:
    if made.file_id is None or made.url is None:
        raise Unavailable("ImageKit kept a file without telling its id")
    return Picture(
        id=made.file_id,
        url=made.url,
        thumbnail=thumbnail_of(made.url),
        name=made.name or "",
        width=int(made.width or 0),
        height=int(made.height or 0),
        size=int(made.size or 0),
        owner=owner,
    )
