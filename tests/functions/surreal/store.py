"""Counts in SurrealDB."""

from collections import Counter
from collections.abc import Callable, Sequence

from shared.databases.surreal import Surreal, SurrealTransaction
from shared.events import Event
from shared.settings import Settings

LAST = "RETURN $all.map(|$id| type::record('aggregates', $id).revision ?? 0)"
NEXT = """
FOR $next IN $all {
    UPSERT type::record('aggregates', $next.id) SET revision = $next.revision RETURN NONE
}
"""
# Not `n = n + …`: an UPSERT computes that as if there were no record yet.
COUNT = """
FOR $each IN $by {
    UPSERT type::record('counters', $each.subject) SET n += $each.n RETURN NONE
}
"""
NOTE = "FOR $event IN $events { CREATE effects SET event = $event RETURN NONE }"


class Store:
    def __init__(self, database: Surreal) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Surreal(settings.secret("tally-surreal-url")))

    async def commit(
        self, aggregates: Sequence[str], announce: Callable[[str, int], Event]
    ) -> list[str]:
        async def work(tx: SurrealTransaction) -> list[str]:
            names = list(aggregates)
            found = await tx.read(LAST, all=names)
            tx.guard(f"({LAST.removeprefix('RETURN ')}) = $found", all=names, found=found)
            after = [
                {"id": name, "revision": last + 1}
                for name, last in zip(names, found, strict=True)
            ]
            tx.add(NEXT, all=after)
            for each in after:
                tx.publish(announce(each["id"], each["revision"]))
            return [event.id for event in tx.events]

        return await self.database.write(work)

    async def count(self, events: Sequence[Event]) -> None:
        async def work(tx: SurrealTransaction) -> None:
            by = Counter(event.subject for event in events)
            tx.add(COUNT, by=[{"subject": subject, "n": n} for subject, n in by.items()])
            tx.add(NOTE, events=[event.id for event in events])

        await self.database.write(work)
