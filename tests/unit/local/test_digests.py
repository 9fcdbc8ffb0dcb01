from pathlib import Path

from local import digests


def test_of_files_sees_names_contents_and_what_else_matters(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "a").write_text("1")
    first = digests.of_files([folder], "node 20")

    assert digests.of_files([folder], "node 20") == first
    assert digests.of_files([folder], "node 22") != first
    (folder / "a").rename(folder / "b")
    assert digests.of_files([folder], "node 20") != first


def test_is_kept_only_for_the_same_digest(tmp_path: Path) -> None:
    stamp = tmp_path / "deep" / "stamp"
    assert not digests.is_kept(stamp, "1")

    digests.keep(stamp, "1")

    assert digests.is_kept(stamp, "1")
    assert not digests.is_kept(stamp, "2")
