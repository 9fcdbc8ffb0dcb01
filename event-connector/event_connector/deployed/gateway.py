"""Know which functions are deployed, and keep knowing it while the gateway is away."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from event_connector.calls.calling import Client, NotAnswered
from event_connector.deployed.merged import unfolded
from shared.once import Once
from shared.places import FALLS

TIMEOUT = 5.0


class Deployed(msgspec.Struct, frozen=True):
    """What the gateway says of one function, as far as it concerns us."""

    name: str
    image: str = ""
    annotations: dict[str, str] | None = None
    available: int = msgspec.field(default=0, name="availableReplicas")

    @property
    def version(self) -> str:
        """Tell one deployment from another: the image's tag, and a digest of what was asked."""
        tag = self.image.rpartition("/")[2].partition(":")[2] or "latest"
        annotations = (self.annotations or {}).items()
        asked = json.dumps(
            [self.image, sorted(one for one in annotations if one[0] not in FALLS)]
        )
        return f"{tag}+{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


class NotListed(Exception):
    """The gateway did not say which functions it has."""


@dataclass(frozen=True, slots=True)
class Login:
    """The gateway's basic auth."""

    user: str
    password: str

    @property
    def header(self) -> str:
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


class Gateway:
    """The gateway's list of functions as last seen; None before it was ever seen."""

    def __init__(self, client: Client, login: Login) -> None:
        self.client = client
        self.headers = {"authorization": login.header}
        self.functions: Mapping[str, Mapping[str, str]] | None = None
        self.up = False
        self._deployed: Mapping[str, Deployed] = {}
        self._said = Once()
        self._asking = asyncio.Lock()

    async def refresh(self) -> bool:
        """Ask again; tell whether the gateway answered."""
        async with self._asking:
            try:
                functions, places = unfolded(await self._list())
            except (NotAnswered, NotListed) as error:
                self.up = False
                self._said.warning("gateway not reached", error=str(error) or repr(error))
                return False
            self.client.places = places
            self._deployed = {f.name: f for f in functions}
            self.functions = {f.name: f.annotations or {} for f in functions}
            self.up = True
            self._said.info("gateway reached", functions=len(functions))
            return True

    async def listed(self, function: str) -> bool:
        """Tell whether the function exists now; unknown counts as no, which only means wait."""
        return await self.refresh() and function in (self.functions or {})

    async def serves(self, function: str) -> bool:
        """Tell whether the function runs now, as far as its platform knows."""
        deployed = self._deployed.get(function) if await self.refresh() else None
        return deployed is not None and deployed.available > 0

    def version(self, function: str) -> str:
        """Name the version that is deployed; nothing while it is not known."""
        deployed = self._deployed.get(function)
        return deployed.version if deployed else ""

    async def _list(self) -> list[Deployed]:
        answer = await self.client.call(
            "GET", "/system/functions", self.headers, b"", within=TIMEOUT
        )
        if answer.status != 200:
            raise NotListed(f"GET /system/functions answered {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=list[Deployed])
        except ValueError as error:
            raise NotListed(f"GET /system/functions answered no list: {error}") from None
