from pathlib import Path

import pytest

from shared.databases.migrations import Migration, migrations, pending
from shared.errors import ConfigurationError


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name[1:]}.sql").write_text(text)
    return folder


def test_migrations_are_read_in_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, _0002_b="b", _0001_a="a", _0010_c="c")
    (tmp_path / "README.md").write_text("not one of them")

    assert migrations(tmp_path, ".sql") == [
        Migration("0001_a.sql", "a"),
        Migration("0002_b.sql", "b"),
        Migration("0010_c.sql", "c"),
    ]


def test_migrations_with_one_number_are_refused(tmp_path: Path) -> None:
    write(tmp_path, _0001_a="a", _0001_b="b")

    with pytest.raises(ConfigurationError, match="have number 0001"):
        migrations(tmp_path, ".sql")


def test_migration_with_another_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path, _posts="a")

    with pytest.raises(ConfigurationError, match=r"named NNNN_name\.sql, got posts\.sql"):
        migrations(tmp_path, ".sql")


def test_migrations_without_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder of migrations at"):
        migrations(tmp_path / "schema", ".sql")


def test_pending_are_those_without_a_record() -> None:
    first, second = Migration("0001_a.sql", "a"), Migration("0002_b.sql", "b")

    assert pending([first, second], {first.name: first.checksum}) == [second]


def test_pending_ignores_what_a_newer_version_applied() -> None:
    first = Migration("0001_a.sql", "a")

    assert pending([first], {first.name: first.checksum, "0002_b.sql": "other"}) == []


def test_pending_refuses_an_edited_file() -> None:
    with pytest.raises(
        ConfigurationError, match=r"0001_a\.sql was edited after it was applied"
    ):
        pending([Migration("0001_a.sql", "new")], {"0001_a.sql": "the old one's"})
