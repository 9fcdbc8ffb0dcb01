"""Events committed while the nodes of a cluster of three are lost one at a time and come back.

The installation's broker is a cluster for the time of the trial, whose three addresses
connector and functions know. A node is killed with -9 while the connector is connected to it,
while it leads the queue of a consumer, and while a relay publishes to it; every fourth time the
connector's is stopped where it stands before, until all have counted it out. The connector
must be the same process at the end. What came of the events is read from the databases.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace

from shared.ids import new_id
from tests.e2e.client import eventually
from tests.faults import parts
from tests.faults.books import KINDS, OnPostgres
from tests.faults.cluster import Cluster, clustered
from tests.faults.eventstore import EventStore
from tests.faults.settling import await_rest
from tests.faults.tally import Tally, Writers
from tests.faults.tally_verdict import BAR, verdict
from tests.faults.trial import Finding, Scale, Stage
from tests.integration.event_connector.rabbitmq import RabbitMQ

NAME = "Events committed while nodes of a cluster of three are lost"
LOSSES, SHORT_LOSSES = 16, 2
EVENTS, SHORT_EVENTS = 20_000, 600
# Of a whole run; of each kind there are a quarter of all.
ENOUGH = 10
CONNECTED, LEADS, PUBLISHED, HANGS = (
    "node of the connector",
    "node that leads a queue",
    "node of a relay",
    "node of the connector paused, then killed",
)
# Longer than a heartbeat may be missed and than net_ticktime: it counts as lost everywhere.
PAUSE = 22.0


@dataclass
class Losses:
    """Causes them one at a time, and knows which connector there was at the beginning."""

    stage: Stage
    tally: Tally
    cluster: Cluster

    def __post_init__(self) -> None:
        self.connector = self._connector()[:1]

    @property
    def same(self) -> bool:
        """Whether the connector was never started again."""
        return self._connector()[:1] == self.connector

    def cause(self, kind: str, function: str) -> None:
        node = eventually(lambda: self._node(kind, function), bool, within=60)
        assert node is not None
        self.stage.note(kind)
        if kind == HANGS:
            self.cluster.freeze(node, PAUSE)
        else:
            self.cluster.lose(node)

    def _node(self, kind: str, function: str) -> RabbitMQ | None:
        if kind == LEADS:
            return self.cluster.leader(f"fn.{function}")
        if kind == PUBLISHED:
            return self.cluster.of(parts.of_function(self.stage.installation, function))
        return self.cluster.of(self._connector())

    def _connector(self) -> list[int]:
        return parts.processes(self.stage.installation, "connector")


def run(stage: Stage, scale: Scale) -> list[Finding]:
    chance = scale.random("nodes")
    kinds = (OnPostgres,) if scale.short else KINDS
    tally = Tally(stage, new_id()[-12:], kinds)
    times, events = scale.of(LOSSES, SHORT_LOSSES), scale.of(EVENTS, SHORT_EVENTS)
    with clustered(stage) as cluster:
        tally.install()
        # RabbitMQ 3.10 can lose a queue that was declared within the second before a kill -9.
        time.sleep(3.0)
        cluster.whole()
        losses = Losses(stage, tally, cluster)
        store = EventStore(stage.installation, tally.prefix)
        writers = Writers(tally, chance, rate=scale.of(120, 120))
        with writers:
            for number in range(times):
                writers.allow(events // len(tally.books) * (number + 1) // times)
                kind = (CONNECTED, LEADS, PUBLISHED, HANGS)[number % 4]
                named = ("relay",) if kind == PUBLISHED else ("one", "many")
                losses.cause(kind, chance.choice(tally.functions(*named)))
                eventually(writers.reached, bool, within=600)
                done = sum(map(len, writers.acknowledged.values()))
                stage.say(f"{number + 1} of {times} losses, {done} events")
            recovered = await_rest(stage, tally, store)
        whole = verdict(tally, store, writers, recovered)[0]
        finding = amid(
            whole, same=losses.same, enough=0 if scale.short else ENOUGH * scale.part
        )
    if finding.met:  # otherwise somebody will want to look
        tally.drop()
    return [finding]


def amid(finding: Finding, *, same: bool, enough: float) -> Finding:
    """Add what was lost, which must be often enough, by one and the same connector."""
    kinds = Counter(kill.part for kill in finding.kills)
    told = ", ".join(f"{kind} {times}" for kind, times in sorted(kinds.items()))
    finding.figures.update(kinds, connector_restarts=0 if same else 1)
    return replace(
        finding,
        name=NAME,
        bar=f"{BAR}, no restart of the connector",
        found=f"{finding.found}; connector {'the same' if same else 'another'}; losses: {told}",
        met=finding.met and same and len(finding.kills) >= enough,
    )
