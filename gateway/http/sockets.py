"""How a connection without an end learns that its other side is no more."""

import asyncio
import socket

# A side that vanished without a word is noticed within a minute and a half.
QUIET_SECONDS = 60
BETWEEN_SECONDS = 10
QUESTIONS = 3


def notice_death(transport: asyncio.BaseTransport) -> None:
    """Have the kernel ask a silent peer whether it is still there."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, QUIET_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, BETWEEN_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, QUESTIONS)
