"""What stops a command of `local`: what is wrong, and what to type next."""

import errno

WITHOUT_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Trouble(Exception):
    """A message for the person at the terminal; `advice` is what they can do about it."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}\n{self.advice}" if self.advice else self.what


def full_disk(error: BaseException) -> Trouble | None:
    """Tell a disk that is full from a defect of ours, which stays what it is."""
    if not isinstance(error, OSError) or error.errno not in WITHOUT_ROOM:
        return None
    return Trouble(
        f"the disk is full{f': {error.filename}' if error.filename else ''}",
        "Make room, or choose another folder with FANFOLD_HOME=/some/folder make up",
    )
