"""How much goes through, and how long it takes: our gateway and the peers, on one core."""

import contextlib
import functools
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import httpx

from bench import load, machine
from bench.load import Load
from bench.peer import LEAN, TEMPLATE, Peer
from bench.row import Row
from tests.e2e.client import Fanfold, eventually
from tests.integration.gateway.running import ROOT, Gateway

TURNS = 3
# A share of what the slower side carries: both are asked as often, and neither is full.
PACE = 0.7


@contextlib.contextmanager
def gateway(runtime: str) -> Iterator[Gateway]:
    """Start one on the serving core, with that runtime and the tests' images."""
    with machine.on_core(machine.SERVING):
        running = Gateway(GATEWAY_RUNTIME=runtime)
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def alone() -> Iterator[str]:
    """Serve the trivial function on a socket of its own, without a gateway."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        with machine.on_core(machine.SERVING):
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.trivial"],
                cwd=ROOT,
                env={"FANFOLD_LISTEN_FD": str(listening.fileno())},
                pass_fds=[listening.fileno()],
            )
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            process.kill()
            process.wait()


class Turns:
    """Asks each side in turn, several times: what else the machine does meets them alike."""

    def __init__(self, sides: Mapping[str, Callable[[], Load]]) -> None:
        found: dict[str, list[Load]] = {name: [] for name in sides}
        for _ in range(TURNS):
            for name, ask in sides.items():
                found[name].append(ask())
        self.refused = {name: sum(one.refused for one in all_) for name, all_ in found.items()}
        self.rates = {
            name: statistics.median(one.rate for one in all_) for name, all_ in found.items()
        }

    def row(self, what: str, ours: str, peer: str, bar: float | None, path: str) -> Row:
        ratio = self.rates[ours] / self.rates[peer]
        refused = self.refused[ours] + self.refused[peer]
        return Row(
            what=f"{what} ({refused} refused)" if refused else what,
            ours=f"{self.rates[ours]:,.0f}/s",
            peer=f"{self.rates[peer]:,.0f}/s ({peer})",
            ratio=ratio,
            bar=f"≥ {bar:g}" if bar else "",
            met=ratio >= bar and not refused if bar else None,
            command=load.shown(path),
        )


@contextlib.contextmanager
def functions(fanfold: Fanfold, member: str) -> Iterator[dict[str, str]]:
    """Run what is measured; give the address of each."""
    environment = {**fanfold.installation.environment, "OPERATION": "hello"}
    with gateway("bench.trivial") as bare, gateway("shared.runtime") as real, alone() as own:
        bare.deployed("trivial")
        image = "fanfold-tests/probe:1"
        real.deployed("probe-hello", image=image, envVars=environment)
        public = f"{real.url}/function/probe-hello"
        keys = {"Authorization": f"Bearer {fanfold.token(member)}"}
        # The first token has the function fetch the issuer's keys.
        eventually(lambda: httpx.get(public, headers=keys), lambda seen: seen.is_success)
        yield {"trivial": f"{bare.url}/function/trivial", "own": own, "public": public}


def most_of(watchdog: str, name: str) -> Load:
    with Peer(watchdog, name) as peer:
        return load.most(peer.url)


def measure(fanfold: Fanfold, member: str, watchdog: str) -> list[Row]:
    with functions(fanfold, member) as found:
        sides: dict[str, Callable[[], Load]] = {
            name: functools.partial(most_of, watchdog, name) for name in (TEMPLATE, LEAN)
        }
        sides |= {
            "trivial": lambda: load.most(found["trivial"]),
            "the function's own socket": lambda: load.most(found["own"]),
            "public": lambda: load.most(found["public"]),
            "token": lambda: load.most(found["public"], fanfold.token(member)),
        }
        turns = Turns(sides)
    trivial, hello, direct = (
        "/function/trivial",
        "/function/probe-hello",
        "the function's own socket",
    )
    return [
        turns.row("Trivial ASGI function", "trivial", TEMPLATE, 10, trivial),
        turns.row("The same against the least of Flask", "trivial", LEAN, None, trivial),
        turns.row("Public operation, one log line", "public", TEMPLATE, 5, hello),
        turns.row("The same with a session token", "token", TEMPLATE, 3, hello),
        turns.row("Through the gateway against without it", "trivial", direct, 0.45, trivial),
    ]


def slow_answers(watchdog: str) -> list[Row]:
    """Compare the slow answers at one rate; the ratio says how much longer theirs take.

    Nothing else may run beside them: the clocks of a whole installation tick on both cores, and
    one answer in a hundred would tell of those.
    """
    with gateway("bench.trivial") as bare, Peer(watchdog, TEMPLATE) as peer:
        bare.deployed("trivial")
        rate = load.most(peer.url).rate * PACE
        ours, theirs = (
            statistics.median(load.paced(url, rate) for _ in range(TURNS))
            for url in (f"{bare.url}/function/trivial", peer.url)
        )
    return [
        Row(
            what=f"p99 at {rate:,.0f} requests/s",
            ours=f"{ours:.2f} ms",
            peer=f"{theirs:.2f} ms ({TEMPLATE})",
            ratio=theirs / ours,
            bar="≥ 8",
            met=theirs / ours >= 8,
            command=load.PACED,
        )
    ]
