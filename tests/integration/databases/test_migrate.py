"""Migrations run once, in order, alone, and are never edited afterwards."""

import asyncio
from pathlib import Path

import pytest

from shared.errors import ConfigurationError, Unavailable
from shared.schema import Schema
from tests.integration.databases.subjects.subject import Subject


async def test_migrate_applies_own_tables_then_each_file_once(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)
    first, second = (f"{name}{subject.suffix}" for name in ("0001_things", "0002_more"))

    assert await subject.open().migrate(folder) == [*subject.own, first]
    assert await subject.open().migrate(folder) == []
    (folder / second).write_text(subject.more)
    assert await subject.open().migrate(folder) == [second]


async def test_migrate_by_several_at_once_applies_each_file_once(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)

    applied = await asyncio.gather(*(subject.open().migrate(folder) for _ in range(4)))

    assert sorted(name for names in applied for name in names) == [
        *subject.own,
        f"0001_things{subject.suffix}",
    ]
    database = subject.open()
    await database.write(lambda tx: subject.insert(tx, "a"))
    assert await subject.number(database, "a") == 0


async def test_migrate_refuses_a_file_that_was_edited_after_it_was_applied(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)
    await subject.open().migrate(folder)
    edited = folder / f"0001_things{subject.suffix}"
    edited.write_text(f"{edited.read_text()}\n")

    with pytest.raises(ConfigurationError, match=f"{edited.name} was edited after"):
        await subject.open().migrate(folder)


async def test_migrate_that_breaks_off_goes_on_after_it_was_mended(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)
    broken = folder / f"0002_more{subject.suffix}"
    broken.write_text(subject.broken)

    with pytest.raises(Exception, match=subject.breaks_with):
        await subject.open().migrate(folder)
    broken.write_text(subject.more)
    assert await subject.open().migrate(folder) == [broken.name]


async def test_migrate_by_several_at_once_applies_a_change_once(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)
    await subject.open().migrate(folder)
    change = folder / f"0002_more{subject.suffix}"
    change.write_text(subject.more)

    applied = await asyncio.gather(*(subject.open().migrate(folder) for _ in range(4)))

    assert [name for names in applied for name in names] == [change.name]


async def test_applied_names_what_is_applied_whole(subject: Subject, tmp_path: Path) -> None:
    database = subject.open()
    assert await database.applied() == []

    folder = subject.folder(tmp_path)
    await database.migrate(folder)
    (folder / f"0002_more{subject.suffix}").write_text(subject.broken)
    with pytest.raises(Exception, match=subject.breaks_with):
        await database.migrate(folder)

    assert await database.applied() == [
        *subject.own,
        f"0001_things{subject.suffix}",
    ]


async def test_schema_of_another_age_is_named_until_it_is_the_code_s(
    subject: Subject, tmp_path: Path
) -> None:
    folder = subject.folder(tmp_path)
    database = subject.open()
    first = Schema("thing", database, folder)
    with pytest.raises(Unavailable) as none:
        await first.check("thing-get")
    await database.migrate(folder)
    await first.check("thing-get")

    (folder / f"0002_more{subject.suffix}").write_text(subject.more)
    second = Schema("thing", database, folder)
    with pytest.raises(Unavailable) as older:
        await second.check("thing-get")
    await database.migrate(folder)
    await second.check("thing-get")
    with pytest.raises(Unavailable) as newer:
        await first.check("thing-get")

    assert [str(raised.value) for raised in (none, older, newer)] == [
        "the thing database has no schema, thing-get needs 0001: invoke thing-migrate",
        "the thing database is at schema 0001, thing-get needs 0002: invoke thing-migrate",
        "the thing database is at schema 0002, thing-get knows 0001: deploy thing-get anew",
    ]
    assert second.current
