"""Rules of the tree that no linter of ours knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split("\n")
FILES = [ROOT / name for name in TRACKED if name and (ROOT / name).is_file()]
MODULES = [
    path
    for path in FILES
    if path.suffix == ".py" and not re.search(r"_pb2(_grpc)?\.py$", path.name)
]
PRODUCT = [path for path in MODULES if "tests" not in path.relative_to(ROOT).parts]
OPERATIONS = [path for path in PRODUCT if path.parent.name == "operations"]
SERVICES = ["user", "post", "like", "comment", "event"]
STORE = {"__init__.py", "reads.py", "writes.py", "projections.py", "rows.py", "orders.py"}
# Beside its log, the event service keeps these.
OF_EVENT = {"letters.py", "runs.py", "subscriptions.py", "deliveries.py", "audit.py"}
SLICES = {"spans.py", "counts.py", "shares.py"}
ARCHIVE = {"archive.py", "chunks.py", "history.py", "parts.py"}
STORE_OF = {"event": STORE | OF_EVENT | SLICES | ARCHIVE | {"marking.py", "redaction.py"}}
# Whom a service asks beside its own store.
ASKED = {"user": {"clerk.py"}, "event": {"callbacks.py"}}
BANNED = {"utils", "helpers", "common", "base", "misc", "manager", "data"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return path.read_text().count("\n")


@pytest.mark.parametrize("service", SERVICES)
def test_service_has_the_same_files_as_every_other(service: str) -> None:
    folder = ROOT / "functions" / service
    modules = {path.name for path in folder.glob("*.py")}
    store = {path.name for path in folder.glob("store/*.py")}
    # A store of a few statements is a module, a larger one a package of these; so is a model.
    model = set() if (folder / "model" / "__init__.py").exists() else {"model.py"}
    wanted = {"__init__.py"} | model | (set() if store else {"store.py"})
    assert wanted <= modules <= wanted | {"events.py"} | ASKED.get(service, set())
    assert store <= STORE_OF.get(service, STORE)
    assert list((folder / "schema").glob("0001_*"))
    assert (folder / "operations/migrate.py").exists()


def test_modules_fit_on_a_few_screens() -> None:
    assert {relative(p): lines(p) for p in PRODUCT if lines(p) > 250} == {}


def test_operations_fit_on_one_screen() -> None:
    assert {relative(p): lines(p) for p in OPERATIONS if lines(p) > 80} == {}


def test_names_say_what_a_module_is_for() -> None:
    assert [relative(p) for p in PRODUCT if p.stem in BANNED or p.parent.name in BANNED] == []


def test_suppressions_carry_a_reason() -> None:
    bare = re.compile(r"#\s*(noqa(:\s*[A-Z0-9, ]+)?|type:\s*ignore(\[[^\]]*\])?)\s*$")
    found = [
        f"{relative(path)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_shared_knows_no_noun_of_the_platform() -> None:
    nouns = re.compile(r"\b(post|comment|like|author|slug)s?\b")
    for path in (
        p for p in PRODUCT if relative(p).startswith("shared/") and "testing" not in relative(p)
    ):
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        assert {name for name in names if nouns.fullmatch(name)} == set(), relative(path)


def test_generated_code_matches_the_schemas(tmp_path: Path) -> None:
    schemas = [str(p.relative_to(ROOT)) for p in sorted((ROOT / "proto").rglob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I", ".", f"--python_out={tmp_path}"]
    subprocess.run([*command, f"--pyi_out={tmp_path}", *schemas], cwd=ROOT, check=True)
    served = [name for name in schemas if "\nservice " in (ROOT / name).read_text()]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I", "."]
    subprocess.run([*command, f"--grpc_python_out={tmp_path}", *served], cwd=ROOT, check=True)
    for made in (path for path in tmp_path.rglob("*.py*") if path.is_file()):
        kept = ROOT / made.relative_to(tmp_path)
        assert kept.read_text() == made.read_text(), (
            f"{relative(kept)} is stale: run `make proto`"
        )


def test_makefile_has_at_most_sixteen_targets() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) <= 16


def test_lock_names_versions_and_hashes_but_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock


def test_npm_locks_name_no_address() -> None:
    for lock in (path for path in FILES if path.name == "package-lock.json"):
        assert '"resolved": "http' not in lock.read_text(), relative(lock)
