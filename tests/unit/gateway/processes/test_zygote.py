"""Orders that cannot be carried out are answered, and harm nobody but whom they are for."""

import asyncio
import os
import socket

import pytest

from gateway.processes.process import ZygoteEnd
from gateway.processes.spares import Spares
from gateway.processes.zygote import ORDER_SIZE, Zygote


async def test_fork_that_the_machine_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    end = ZygoteEnd(lambda _: None)
    zygote = object.__new__(Zygote)  # its parts that touch this process are not needed
    zygote.control, zygote.children, zygote.spares = end.theirs, set(), Spares()
    read, write = os.pipe()
    ordering = asyncio.create_task(end.order({"name": "f"}, []))
    await asyncio.sleep(0)
    zygote.obey({"id": 1, "name": "f"}, [write])
    with pytest.raises(OSError, match="Resource temporarily unavailable"):
        await asyncio.wait_for(ordering, 5)
    assert (os.read(read, 1), end.orders, zygote.children) == (b"", {}, set())
    os.close(read)
    end.close()


async def test_order_that_no_zygote_could_read_is_not_sent() -> None:
    end = ZygoteEnd(lambda _: None)
    end.control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * ORDER_SIZE)
    members = {"environment": {"A": "x" * ORDER_SIZE}}
    with pytest.raises(OSError, match="variables"):
        await asyncio.wait_for(end.order(members, []), 1)
    assert end.orders == {}
    end.close()
