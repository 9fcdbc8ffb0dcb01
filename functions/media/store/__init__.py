"""Pictures in ImageKit, whose tags say of which of them nobody was told yet."""

from imagekitio import AsyncImageKit, DefaultAsyncHttpxClient

from functions.media.store import rehearsal
from functions.media.store.projections import Projections
from functions.media.store.reads import Reads
from functions.media.store.writes import Writes
from shared.settings import Settings

REAL_API = "https://api.imagekit.io"
PATIENCE = 5.0


class Store(Projections, Writes, Reads):
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
        rehearsal.know_platform(client)
        return cls(client, settings.imagekit_public_key, settings.imagekit_upload_url)

    async def close(self) -> None:
        await self.client.close()


def rehearse() -> None:
    """Use the store for each of its calls, before there is an account."""
    rehearsal.use(Store(rehearsal.client(), "none", "https://rehearsal.invalid"))
