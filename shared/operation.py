"""One operation module, read once: what it promises, how it is fed and how it answers."""

import contextlib
import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_type_hints

import msgspec

from shared.answers import json_response
from shared.context import Context
from shared.databases.database import Database
from shared.decoding import Parameters
from shared.endpoint import ANY, Endpoint
from shared.errors import ConfigurationError
from shared.etags import tagged, unless_known
from shared.http import Response, Stream
from shared.schema import Schema
from shared.settings import Settings

Encoder = Callable[[Any], Response | Stream]

_NO_CONTENT = Response(204)


class Operation(msgspec.Struct, frozen=True):
    """`function` is its name in logs, signatures and inbox keys, `methods` what it answers."""

    function: str
    endpoint: Endpoint
    handle: Callable[..., Awaitable[object]]
    parameters: Parameters
    methods: tuple[str, ...]
    encode: Encoder

    @classmethod
    def of(cls, module: ModuleType, function: str) -> "Operation":
        endpoint, handle = getattr(module, "ENDPOINT", None), getattr(module, "handle", None)
        if not isinstance(endpoint, Endpoint):
            raise ConfigurationError(f"{module.__name__} must declare ENDPOINT = Endpoint(…)")
        if handle is None or not inspect.iscoroutinefunction(handle):
            raise ConfigurationError(f"{module.__name__} must define async def handle(…)")
        parameters = Parameters.of(handle, endpoint.method)
        if parameters.many and get_type_hints(handle).get("return") is not NoneType:
            raise ConfigurationError(f"{module.__name__} takes batches and must return None")
        return cls(
            function=function,
            endpoint=endpoint,
            handle=handle,
            parameters=parameters,
            methods=_methods(endpoint.method),
            encode=_encoder(handle, endpoint),
        )

    async def run(self, context: Context[Any]) -> Response | Stream:
        """Decode, handle and encode."""
        arguments = [reader(context) for reader in self.parameters.readers]
        answer = self.encode(await self.handle(*arguments))
        if self.endpoint.etag and isinstance(answer, Response):
            return unless_known(answer, context.request.headers)
        return answer


def _methods(method: str) -> tuple[str, ...]:
    if method == ANY:
        return ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return (method, "HEAD", "OPTIONS") if method == "GET" else (method, "OPTIONS")


def _encoder(handle: Callable[..., object], endpoint: Endpoint) -> Encoder:
    hints = get_type_hints(handle)
    if "return" not in hints:
        raise ConfigurationError(f"{handle.__module__}.handle must say what it returns")
    status = endpoint.status
    if endpoint.etag:
        if endpoint.method != "GET" or hints["return"] in {NoneType, Response, Stream}:
            raise ConfigurationError(
                f"{handle.__module__} must answer GET with JSON to have an etag"
            )
        return lambda value: tagged(json_response(status, value), value)
    if hints["return"] is NoneType:
        return lambda _: _NO_CONTENT
    if hints["return"] in {Response, Stream}:
        return lambda response: response

    def encode(value: object) -> Response:
        if value is None:  # a union may hold it
            return _NO_CONTENT
        return value if isinstance(value, Response) else json_response(status, value)

    return encode


def load(settings: Settings) -> dict[str, Operation]:
    """Give the operations that this process answers, by the first segment of the path.

    With OPERATION there is one, under "", and the whole path is its own.
    """
    settings.require("service")
    service, one = settings.service, settings.operation
    package = f"functions.{service}.operations"
    if one:
        name = settings.function_name or _function(service, one)
        return {"": _read(f"{package}.{one.replace('-', '_')}", name)}
    return {
        (segment := info.name.replace("_", "-")): _read(
            f"{package}.{info.name}", _function(service, segment)
        )
        for info in pkgutil.iter_modules(_import(package).__path__)
    }


def rehearse() -> None:
    """Read all operations and stores of this image, for processes that are forked from here.

    What cannot be imported is left to the process that needs it, whose log says why.
    """
    # A namespace: the image's own services are in the first of its folders.
    folder = next(iter(_import("functions").__path__), "")
    for service in pkgutil.iter_modules([folder], "functions."):
        with contextlib.suppress(Exception, SystemExit):
            store = importlib.import_module(f"{service.name}.store")
            # What its driver builds when it is first used.
            getattr(store, "rehearse", lambda: None)()
        with contextlib.suppress(Exception, SystemExit):
            _rehearse_operations(service.name)


def _rehearse_operations(package: str) -> None:
    service = package.rpartition(".")[2]
    for info in pkgutil.iter_modules(_import(f"{package}.operations").__path__):
        with contextlib.suppress(Exception, SystemExit):
            name = f"{package}.operations.{info.name}"
            _rehearsed[name] = _read(name, _function(service, info.name.replace("_", "-")))


_rehearsed: dict[str, Operation] = {}


def _read(module: str, function: str) -> Operation:
    found = _rehearsed.get(module)
    if found is None or found.function != function:
        found = Operation.of(_import(module), function)
    return found


def _function(service: str, operation: str) -> str:
    """Give the name of a function: a service whose operation is `index` is all one function."""
    return service if operation == "index" else f"{service}-{operation}"


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise ConfigurationError(
                f"module {error.name} does not exist: SERVICE and OPERATION must name"
                " functions/<service>/operations/<operation>.py"
            ) from None
        raise


def schema_of(service: str, database: Database[Any]) -> Schema:
    """Give the schema that the service's code asks for."""
    [folder] = _import(f"functions.{service}").__path__
    return Schema(service, database, Path(folder) / "schema")


def connect_store(settings: Settings) -> object:
    """Give the service's store, or None for a service without one."""
    name = f"functions.{settings.service}.store"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise
    return module.Store.connect(settings)
