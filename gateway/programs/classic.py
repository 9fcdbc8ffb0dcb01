"""One process per call, the way of OpenFaaS's classic watchdog: stdin in, stdout out."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from shared.server.exchange import Receive, Scope, Send

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
PIECE = 65_536
# So much is kept back until the exit code is known: what is sent has its status.
HELD_BACK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Classic:
    """What all calls of the function have in common, named as the classic watchdog does."""

    command: list[str]
    environment: dict[str, str]
    prepare: Callable[[], None]
    timeout: float | None = None
    content_type: str = ""
    combined: bool = True
    told_headers: bool = True
    verbose: bool = False
    at_once: bool = False

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(self, scope, send)
        if scope["path"] == "/_/health":
            await call.answer(200, b"OK")
        elif scope["method"] not in METHODS:
            await call.answer(405)
        else:
            await call.run(receive)


class Call:
    def __init__(self, classic: Classic, scope: Scope, send: Send) -> None:
        self.classic = classic
        self.scope = scope
        self.send = send
        self.begun = time.perf_counter()
        self.held = bytearray()
        self.size = 0
        self.started = False

    async def run(self, receive: Receive) -> None:
        classic = self.classic
        log("Forking fprocess.")
        try:
            process = await asyncio.create_subprocess_exec(
                *classic.command,
                env=variables(classic, self.scope),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if classic.combined else None,
                limit=PIECE,
                start_new_session=True,
                preexec_fn=classic.prepare,
            )
        except OSError as error:
            await self.answer(500, f"{classic.command[0]}: {error.strerror}\n".encode())
            return
        feeding = asyncio.ensure_future(feed(process, receive))
        reading = asyncio.ensure_future(self.read(process))
        try:
            await asyncio.wait(
                (feeding, reading), timeout=classic.timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if reading.done():
                await self.conclude(reading.result())
            elif feeding.done():
                feeding.result()
            else:
                await self.killed(process)
        finally:
            feeding.cancel()
            reading.cancel()
            kill(process)
            with contextlib.suppress(asyncio.CancelledError):
                await process.wait()

    async def read(self, process: asyncio.subprocess.Process) -> int:
        """Pass on what the program prints, as fast as the client takes it."""
        assert process.stdout is not None
        while piece := await process.stdout.read(PIECE):
            self.size += len(piece)
            if self.classic.verbose:
                sys.stdout.write(piece.decode(errors="replace"))
            self.held += piece
            if self.started or self.classic.at_once or len(self.held) > HELD_BACK:
                await self.flush(more=True)
        return await process.wait()

    async def conclude(self, code: int) -> None:
        if code:
            log(f"{words(code)}: {' '.join(self.classic.command)}")
            if not self.started:
                await self.answer(500, f"{words(code)}\n".encode() + self.held)
            return  # What has begun as a success breaks off.
        await self.flush(more=False)
        seconds = time.perf_counter() - self.begun
        wrote = "" if self.classic.verbose else f"Wrote {self.size} Bytes - "
        log(f"{wrote}Duration: {seconds:f}s")

    async def killed(self, process: asyncio.subprocess.Process) -> None:
        log(f"Killing process: {' '.join(self.classic.command)}")
        kill(process)
        if not self.started:
            await self.answer(408, b"Killed process.\n")

    async def flush(self, *, more: bool) -> None:
        held, self.held = bytes(self.held), bytearray()
        if not self.started:
            await self.start(200, held, None if more else len(held))
        await self.send({"type": "http.response.body", "body": held, "more_body": more})

    async def answer(self, status: int, body: bytes = b"") -> None:
        await self.start(status, body, len(body))
        await self.send({"type": "http.response.body", "body": body})

    async def start(self, status: int, body: bytes, length: int | None) -> None:
        self.started = True
        lines = [(b"content-type", self.kind(body))] if body else []
        if length is not None:
            lines.append((b"content-length", b"%d" % length))
        await self.send({"type": "http.response.start", "status": status, "headers": lines})

    def kind(self, body: bytes) -> bytes:
        if self.classic.content_type:
            return self.classic.content_type.encode()
        sent = dict(self.scope["headers"]).get(b"content-type")
        return sent or (b"application/octet-stream" if b"\0" in body else PLAIN)


PLAIN = b"text/plain; charset=utf-8"


async def feed(process: asyncio.subprocess.Process, receive: Receive) -> None:
    """Give the program its body as it comes; return when the client has left."""
    stdin = process.stdin
    assert stdin is not None
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body = message.get("body")
        # A program need not read what it is given, or may have ended.
        if body and not stdin.is_closing():
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                stdin.write(body)
                await stdin.drain()
        if not message.get("more_body", False):
            stdin.close()


def variables(classic: Classic, scope: Scope) -> dict[str, str]:
    """Tell the program of the request, in names as Go's http package writes headers."""
    told = dict(classic.environment)
    if not classic.told_headers:
        return told
    # Http_Proxy would be read by some programs as where their own calls go (CVE-2016-5385).
    headers = {"Proxy": ""}
    for name, value in scope["headers"]:
        headers.setdefault(canonical(name.decode("latin-1")), value.decode("latin-1"))
    del headers["Proxy"]
    length = headers.pop("Content_Length", "-1" if "Transfer_Encoding" in headers else "0")
    told |= {f"Http_{name}": value for name, value in headers.items()}
    told |= {
        "Http_Method": scope["method"],
        "Http_ContentLength": length,
        "Http_Content_Length": length,
        "Http_Path": scope["path"],
    }
    if scope["query_string"]:
        told["Http_Query"] = scope["query_string"].decode("latin-1")
    return {name: text.replace("\0", "") for name, text in told.items()}


def canonical(name: str) -> str:
    return "_".join(part.capitalize() for part in name.split("-"))


def kill(process: asyncio.subprocess.Process) -> None:
    """End the program and all that it started, which share its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def words(code: int) -> str:
    """Say it as Go does, which clients of OpenFaaS have seen."""
    return f"exit status {code}" if code > 0 else f"signal: {signal.Signals(-code).name}"


def log(text: str) -> None:
    stamp = time.strftime("%Y/%m/%d %H:%M:%S")
    sys.stderr.write(f"{stamp} {text}\n")
    sys.stderr.flush()
