"""What the kernel knows of a process: whom it dies with, and what it is called."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
prctl = ctypes.CDLL(None, use_errno=True).prctl


def be_called(name: str) -> None:
    prctl(PR_SET_NAME, name.encode()[:15])


def die_with(parent: int) -> None:
    """Have the kernel kill this process with its parent, however the parent dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
