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


def give_way() -> None:
    """Let whoever woke this process, and its children, go on with its turn.

    A function that preempts the gateway at each call of a full core takes calls one by one; so
    it finds several at a time, and both cost a sixth less (docs/decisions/0011).
    """
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
