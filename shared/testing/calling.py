"""One call of an operation, in this process and through the runtime's own application."""

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from types import ModuleType
from typing import Any, cast
from urllib.parse import unquote, urlencode

import msgspec

from shared import signing
from shared.application import Application, Parts
from shared.broker import Broker
from shared.calls import Calls
from shared.context import VISITOR, Caller
from shared.endpoint import Role
from shared.errors import ConfigurationError
from shared.events import BATCH_TYPE, CONTENT_TYPE, Event
from shared.http import Response
from shared.identity import Identity, Keys
from shared.operation import Operation
from shared.outbox import Outbox
from shared.schema import Schema
from shared.settings import Settings
from shared.testing import identities
from shared.testing.doubles import CannedCalls, RecordingBroker, now

Query = Mapping[str, str | int | Sequence[str]]


class Answer(Response, frozen=True):
    """The response of a call, as its caller would read it."""

    def json(self) -> Any:  # noqa: ANN401 - a test compares whatever came
        return msgspec.json.decode(self.body)


class _Settings(Settings, frozen=True):
    secrets: Mapping[str, str] = msgspec.field(default_factory=dict)

    def secret(self, name: str) -> str:
        if name not in self.secrets:
            raise ConfigurationError(f"secret missing: {name} (give it by secrets=)")
        return self.secrets[name]


def settings_of(
    environ: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
) -> Settings:
    """Give the settings of tests, with `environ` laid over them and secrets in memory."""
    read = Settings.read(
        {
            "CLERK_ISSUER": identities.ISSUER,
            "CLERK_AUTHORIZED_PARTIES": identities.PARTY,
            **(environ or {}),
        }
    )
    return _Settings(
        **msgspec.structs.asdict(read),
        secrets={"signing-key": identities.MASTER, **(secrets or {})},
    )


async def call(  # noqa: PLR0913 - each is one thing that a test may want to be otherwise
    module: ModuleType,
    *,
    store: object = None,
    caller: Caller | None = None,
    query: Query | None = None,
    json: object = None,
    body: bytes | None = None,
    event: Event | Sequence[Event] | None = None,
    headers: Mapping[str, str] | None = None,
    path: str = "/",
    settings: Settings | None = None,
    calls: CannedCalls | None = None,
    broker: RecordingBroker | None = None,
) -> Answer:
    """Call the operation of `module` as `caller`: a visitor, or the platform for events."""
    operation = Operation.of(module, function_of(module))
    application = application_of({"": operation}, store, settings, calls, broker)
    caller = caller or (identities.service() if event else VISITOR)
    content, content_type = _content(json, body, event)
    target = f"{path}?{urlencode(query, doseq=True)}" if query else path
    sent = {
        **({"content-type": content_type} if content_type else {}),
        **proof(caller, operation.function, target, content),
        **(headers or {}),
    }
    return await ask(application, operation.endpoint.method, target, sent, content)


def function_of(module: ModuleType) -> str:
    """Give the function's name: functions.<service>.operations.<operation> says it."""
    _, service, _, operation = module.__name__.split(".")
    return service if operation == "index" else f"{service}-{operation.replace('_', '-')}"


def application_of(
    operations: Mapping[str, Operation],
    store: object = None,
    settings: Settings | None = None,
    calls: CannedCalls | None = None,
    broker: RecordingBroker | None = None,
    schema: Schema | None = None,
) -> Application:
    """Build the application with the doubles in the places of what is outside."""
    settings = settings or settings_of()
    broker = broker or RecordingBroker()
    database = getattr(store, "database", None)
    return Application(
        operations,
        Parts(
            settings=settings,
            clock=now,
            store=store,
            identity=Identity(settings, Keys("memory", fetch=_published)),
            calls=cast(Calls, calls or CannedCalls()),
            broker=cast(Broker, broker),
            outbox=Outbox(database, broker) if database else None,
            schema=schema,
        ),
    )


def proof(caller: Caller, function: str, target: str, body: bytes) -> dict[str, str]:
    """Give the header by which the caller proves who it is."""
    if caller.role is Role.VISITOR:
        return {}
    if caller.role is Role.SERVICE:
        at = int(now().timestamp())
        made = signing.sign(identities.MASTER, function, target, body, at)
        return {signing.HEADER: made}
    return {"authorization": identities.bearer(caller)}


async def ask(
    application: Application,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes = b"",
) -> Answer:
    """Send one request the way the server does, and wait for what follows the answer too."""
    path, _, query = target.partition("?")
    length = {"content-length": str(len(body))} if body else {}
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in {**length, **headers}.items()
        ],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    # A task of its own, as under the server: what the call binds to its context ends with it.
    await asyncio.create_task(application(scope, receive, send))
    await application.drain()
    return Answer(
        sent[0]["status"],
        {name.decode(): value.decode() for name, value in sent[0]["headers"]},
        b"".join(message["body"] for message in sent[1:]),
    )


def _content(
    json: object, body: bytes | None, event: Event | Sequence[Event] | None
) -> tuple[bytes, str]:
    if isinstance(event, Event):
        return event.encode(), CONTENT_TYPE
    if event is not None:
        return b"[" + b",".join(one.encode() for one in event) + b"]", BATCH_TYPE
    if json is not None:
        return msgspec.json.encode(json), "application/json"
    return body or b"", ""


async def _published(_url: str) -> object:
    return identities.jwks()
