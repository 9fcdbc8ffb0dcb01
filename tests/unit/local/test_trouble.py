import errno

from local.trouble import full_disk


def test_full_disk_is_told_with_the_way_out() -> None:
    trouble = full_disk(OSError(errno.ENOSPC, "No space left on device", "/data/x"))

    assert str(trouble) == (
        "the disk is full: /data/x\n"
        "Make room, or choose another folder with FANFOLD_HOME=/some/folder make up"
    )


def test_full_disk_leaves_other_errors_what_they_are() -> None:
    assert full_disk(FileNotFoundError(errno.ENOENT, "No such file")) is None
    assert full_disk(ValueError("x")) is None
