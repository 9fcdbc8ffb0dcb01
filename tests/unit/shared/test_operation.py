import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared.context import Context
from shared.endpoint import ANY, ANYONE, Again, Endpoint
from shared.errors import ConfigurationError
from shared.http import Response
from shared.operation import Operation, connect_store, load
from shared.pages import Page
from shared.settings import Settings

HEADER = (
    "from shared.context import Context\nfrom shared.endpoint import ANY, ANYONE, Endpoint\n"
)
OPERATION = f"""{HEADER}
ENDPOINT = Endpoint("GET", ANYONE)
async def handle(context: Context[None]) -> None: ...
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tree of functions in which `gadget` is a service; it leaves no modules behind."""
    folder = tmp_path / "functions/gadget/operations"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()
    (folder / "get_all.py").write_text(OPERATION)
    (folder / "index.py").write_text(OPERATION)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder.parent
    for name in [n for n in sys.modules if n.startswith("functions.gadget")]:
        del sys.modules[name]


def module(**names: Any) -> ModuleType:
    made = ModuleType("functions.gadget.operations.get")
    vars(made).update(names)
    return made


async def handle(context: Context[None]) -> None: ...


def test_one_operation_has_the_whole_path(tree: Path) -> None:
    assert tree
    loaded = load(Settings(service="gadget", operation="get-all"))
    assert {segment: found.function for segment, found in loaded.items()} == {
        "": "gadget-get-all"
    }


def test_service_without_an_operation_has_them_all_by_segment(tree: Path) -> None:
    assert tree
    assert {s: o.function for s, o in load(Settings(service="gadget")).items()} == {
        "get-all": "gadget-get-all",
        "index": "gadget",
    }


def test_name_of_a_function_can_be_given(tree: Path) -> None:
    assert tree
    settings = Settings(service="gadget", operation="get_all", function_name="gadget-two")
    assert load(settings)[""].function == "gadget-two"


@pytest.mark.parametrize(("service", "operation"), [("gadget", "nothing"), ("nobody", "")])
def test_module_that_does_not_exist_is_named(tree: Path, service: str, operation: str) -> None:
    assert tree
    with pytest.raises(ConfigurationError, match=r"does not exist: SERVICE and OPERATION"):
        load(Settings(service=service, operation=operation))


def test_module_that_misses_another_says_so_itself(tree: Path) -> None:
    (tree / "operations/get_all.py").write_text("import nowhere_to_be_found")
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        load(Settings(service="gadget", operation="get-all"))


def test_service_is_required() -> None:
    with pytest.raises(ConfigurationError, match="settings missing: SERVICE"):
        load(Settings())


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ({"handle": handle}, "must declare ENDPOINT"),
        ({"ENDPOINT": Endpoint("GET", ANYONE)}, "must define async def handle"),
        ({"ENDPOINT": Endpoint("GET", ANYONE), "handle": load}, "must define async def handle"),
    ],
)
def test_module_that_is_no_operation_is_refused(names: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigurationError, match=rule):
        Operation.of(module(**names), "gadget-get")


def test_handle_must_say_what_it_returns() -> None:
    async def silent(context: Context[None]): ...  # type: ignore[no-untyped-def] # noqa: ANN202 - what is refused

    with pytest.raises(ConfigurationError, match="must say what it returns"):
        Operation.of(module(ENDPOINT=Endpoint("GET", ANYONE), handle=silent), "gadget-get")


@pytest.mark.parametrize(
    ("method", "methods"),
    [
        ("GET", ("GET", "HEAD", "OPTIONS")),
        ("DELETE", ("DELETE", "OPTIONS")),
        (ANY, ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    ],
)
def test_methods_follow_from_the_endpoint_s(method: str, methods: tuple[str, ...]) -> None:
    made = module(ENDPOINT=Endpoint(method, ANYONE), handle=handle)
    assert Operation.of(made, "gadget-get").methods == methods


@pytest.mark.parametrize(
    ("hint", "value", "status", "body"),
    [
        (dict[str, int], {"a": 1}, 201, b'{"a":1}'),
        (list[int], [1], 201, b"[1]"),
        (Page[int], Page([1], "c"), 201, b'{"items":[1],"next":"c"}'),
        (Again, Again(), 201, b'{"again":true}'),
        (None, None, 204, b""),
        (Response, Response(418, {}, b"tea"), 418, b"tea"),
        (Response | dict[str, int], Response(418, {}, b"tea"), 418, b"tea"),
        (Again | None, None, 204, b""),
        (Again | None, Again(), 201, b'{"again":true}'),
    ],
)
def test_answer_follows_from_what_handle_returns(
    hint: Any, value: Any, status: int, body: bytes
) -> None:
    async def handle(context: Context[None]) -> Any: ...

    handle.__annotations__["return"] = hint
    made = module(ENDPOINT=Endpoint("POST", ANYONE, status=201), handle=handle)
    answer = Operation.of(made, "gadget-get").encode(value)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (status, body)


def test_service_without_a_store_has_none(tree: Path) -> None:
    assert tree
    assert connect_store(Settings(service="gadget")) is None


def test_store_is_connected_with_the_settings(tree: Path) -> None:
    (tree / "store.py").write_text(
        "class Store:\n    connect = staticmethod(lambda settings: settings.service)\n"
    )
    assert connect_store(Settings(service="gadget")) == "gadget"


async def forget(context: Context[None]) -> None: ...


async def plain(context: Context[None]) -> Response:
    return Response(200 if context.store is None else 500)


async def tell(context: Context[None]) -> dict[str, int]:
    return {"revision": int(context.now.timestamp())}


@pytest.mark.parametrize(
    ("method", "handling"), [("GET", forget), ("GET", plain), ("POST", tell)]
)
def test_only_json_of_a_get_has_an_etag(method: str, handling: Any) -> None:
    endpoint = Endpoint(method, ANYONE, etag=True)
    with pytest.raises(ConfigurationError, match="must answer GET with JSON to have an etag"):
        Operation.of(module(ENDPOINT=endpoint, handle=handling), "gadget-get")
