"""A change renews the functions it reaches, and no others."""

import os
import py_compile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from gateway.development.watch import Watch
from gateway.function import Function
from gateway.images import Code
from gateway.limits import Limits
from gateway.processes.noting import Noting
from gateway.processes.nurseries import Nurseries
from gateway.processes.supervisor import Supervisor
from gateway.state.logs import FunctionLog
from gateway.wire import Deployment
from tests.unit.gateway.processes.forks import supervising, until

LATER = 10**9  # of nanoseconds; a file written again at once may bear the same time


class Shop:
    """Two functions of two services: one has a module of its own, one uses what is between."""

    def __init__(self, folder: Path, supervisor: Supervisor) -> None:
        self.folder = folder
        self.supervisor = supervisor
        self.outdated: set[str] = set()
        for name, text in {
            "runtime.py": "",
            "between.py": "",
            "functions/tea/operations/make.py": "import between\n",
            "functions/tea/schema/0001.sql": "",
            "functions/coffee/operations/make.py": "import functions.coffee.beans\n",
            "functions/coffee/beans.py": "",
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self.watch = Watch(supervisor, cast(Nurseries, self), "runtime")
        self.tea, self.coffee = self.serve("tea"), self.serve("coffee")

    def serve(self, service: str) -> Function:
        deployment = Deployment(service=service, image=f"fanfold/{service}", namespace="n")
        made = Function(
            deployment,
            Code(self.folder, service),
            Limits.of(deployment, 60.0),
            FunctionLog(self.folder / f"{service}.log"),
            datetime(2026, 1, 2, tzinfo=UTC),
        )
        self.supervisor.adjust(made)
        file = self.folder / f"functions/{service}/operations/make.py"
        self.watch.reach.note(made.full_name, str(file))
        return made

    def files(self) -> set[str]:
        return {str(self.folder / "runtime.py")}

    def outdate(self, changed: set[str]) -> None:
        self.outdated |= changed

    def write(self, name: str, text: str) -> str:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        now = file.stat().st_mtime_ns
        os.utime(file, ns=(now + LATER, now + LATER))
        return str(file)

    def renewed(self, *functions: Function) -> bool:
        """Look once; tell whether exactly these were renewed."""
        before = {each: each.generation for each in (self.tea, self.coffee)}
        changed = self.watch.look()
        if changed:
            self.watch.apply(changed)
        found = {each for each, generation in before.items() if each.generation > generation}
        return found == set(functions)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with supervising(tmp_path) as (supervisor, _):
        made = Shop(tmp_path, supervisor)
        await until(lambda: made.tea.available == made.coffee.available == 1)
        made.watch.look()
        yield made
        made.watch.close()


async def test_nothing_is_renewed_while_nothing_changes(shop: Shop) -> None:
    assert shop.renewed()
    assert shop.watch.look() == set()


async def test_own_module_concerns_its_function_alone(shop: Shop) -> None:
    shop.write("functions/coffee/beans.py", "ROASTED = True\n")
    assert shop.renewed(shop.coffee)
    assert shop.renewed()
    assert b"is started anew: beans.py changed\n" in [b.text for b in shop.coffee.log.blocks]


async def test_module_that_is_imported_from_another_one_concerns_it_too(shop: Shop) -> None:
    shop.write("between.py", "X = 1\n")
    assert shop.renewed(shop.tea)


async def test_runtime_concerns_all_and_its_nursery(shop: Shop) -> None:
    changed = shop.write("runtime.py", "X = 1\n")
    assert shop.renewed(shop.tea, shop.coffee)
    assert changed in shop.outdated


async def test_schema_of_a_service_concerns_its_functions(shop: Shop) -> None:
    shop.write("functions/tea/schema/0001.sql", "create table cups ();")
    assert shop.renewed(shop.tea)
    shop.write("functions/tea/schema/0002.sql", "create table pots ();")
    assert shop.renewed(shop.tea)


@pytest.mark.parametrize("name", ["beans.py~", ".beans.py.swp", "notes.tmp"])
async def test_drafts_of_editors_concern_nobody(shop: Shop, name: str) -> None:
    shop.write(f"functions/coffee/{name}", "draft")
    assert shop.renewed()


async def test_file_that_is_put_in_place_by_its_name_counts_whatever_its_time(
    shop: Shop,
) -> None:
    draft = shop.folder / "draft"
    draft.write_text("")
    file = shop.folder / "functions/coffee/beans.py"
    os.utime(draft, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    draft.rename(file)
    assert shop.renewed(shop.coffee)


async def test_module_that_is_imported_from_now_on_counts(shop: Shop) -> None:
    shop.write("functions/coffee/operations/make.py", "import between\n")
    assert shop.renewed(shop.coffee)
    file = str(shop.folder / "functions/coffee/operations/make.py")
    shop.watch.reach.note(shop.coffee.full_name, file)
    shop.watch.news = True
    shop.watch.look()
    shop.write("between.py", "X = 1\n")
    assert shop.renewed(shop.tea, shop.coffee)


async def test_any_change_gives_a_function_that_does_not_run_another_try(shop: Shop) -> None:
    shop.coffee.fell("exited with status 1", 0.0)
    shop.write("between.py", "X = 1\n")
    assert shop.renewed(shop.tea, shop.coffee)


async def test_function_that_sleeps_is_left_asleep(shop: Shop) -> None:
    shop.coffee.ask(0)
    shop.supervisor.adjust(shop.coffee)
    shop.write("functions/coffee/beans.py", "ROASTED = True\n")
    assert shop.renewed()


async def test_what_was_compiled_before_the_change_is_gone(shop: Shop) -> None:
    file = str(shop.folder / "functions/coffee/beans.py")
    compiled = py_compile.compile(file)
    assert compiled is not None
    assert os.access(compiled, os.R_OK)
    shop.write("functions/coffee/beans.py", "ROASTED = True\n")
    assert shop.renewed(shop.coffee)
    assert not os.access(compiled, os.R_OK)


async def test_process_tells_what_it_imports(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop.folder / "lazily.py").write_text("")
    monkeypatch.syspath_prepend(str(shop.folder))
    noting = Noting(shop.coffee.full_name, shop.watch.path)
    assert noting.find_spec("lazily") is not None
    assert noting.find_spec("nothing_of_that_name") is None
    noting.socket.close()
    imported = shop.watch.reach.imported[shop.coffee.full_name]
    await until(lambda: str(shop.folder / "lazily.py") in imported)
    shop.watch.look()
    shop.write("lazily.py", "X = 1\n")
    assert shop.renewed(shop.coffee)
