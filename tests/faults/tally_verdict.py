"""Judge a run of the tally by what the databases hold."""

from collections import Counter
from dataclasses import dataclass

from tests.faults.books import Books
from tests.faults.eventstore import EventStore
from tests.faults.tally import Tally, Writers
from tests.faults.trial import Counts, Finding

BAR = "lost 0, duplicated 0, unexpected 0"


@dataclass(frozen=True, slots=True)
class Found:
    """How often each event of one database is found where it belongs."""

    committed: set[str]
    acknowledged: set[str]
    stored: Counter[str]
    effects: Counter[str]
    # What the counters add up to, and what nobody asked for.
    counted: int
    dead: int

    @property
    def owed(self) -> set[str]:
        """What was committed, and what was said to be."""
        return self.committed | self.acknowledged

    @property
    def ok(self) -> set[str]:
        return {
            one for one in self.committed if self.stored[one] == 1 and self.effects[one] == 1
        }

    @property
    def lost(self) -> set[str]:
        return {
            one
            for one in self.owed
            if one not in self.committed or not self.stored[one] or not self.effects[one]
        }

    @property
    def duplicated(self) -> set[str]:
        return {one for one in self.owed if self.stored[one] > 1 or self.effects[one] > 1}

    @property
    def unexpected(self) -> int:
        never = (self.stored.keys() | self.effects.keys()) - self.owed
        return len(never) + self.dead + abs(self.counted - self.effects.total())

    def counts(self, attempted: int, recovered: float | None) -> Counts:
        return Counts(
            attempted=attempted,
            acknowledged=len(self.acknowledged),
            ok=len(self.ok),
            lost=len(self.lost),
            duplicated=len(self.duplicated),
            unexpected=self.unexpected,
            recovered=None if recovered is None else round(recovered, 1),
        )


def verdict(
    tally: Tally, store: EventStore, writers: Writers, recovered: float | None
) -> list[Finding]:
    """Give one finding about all, and one for each database."""
    stored = store.stored()
    dead = Counter(name.partition("-")[0] for name, *_ in store.dead())
    of_each = []
    for books in tally.books:
        here = f"{tally.prefix}{books.kind}/"
        ids = Counter(one for subject, one in stored if subject.startswith(here))
        found = look(books, set(writers.acknowledged[books.kind]), ids, dead[books.kind])
        counts = found.counts(writers.attempted[books.kind], recovered)
        of_each.append(_finding(f"Of these in {books.title}", len(found.committed), counts))
        tell(tally, found)
    every = [finding.counts for finding in of_each if finding.counts]
    apart, gaps = store.apart(), store.gaps()
    counts = Counts(
        attempted=sum(counts.attempted for counts in every),
        acknowledged=sum(counts.acknowledged for counts in every),
        ok=sum(counts.ok for counts in every),
        lost=sum(counts.lost for counts in every),
        duplicated=sum(counts.duplicated for counts in every),
        unexpected=sum(counts.unexpected for counts in every) + apart + gaps,
        recovered=every[0].recovered,
    )
    committed = sum(int(finding.figures["committed"]) for finding in of_each)
    whole = _finding("Events committed in four databases amid kills", committed, counts)
    whole.kills.extend(tally.stage.kills)
    whole.figures.update(kept_apart=apart, gaps=gaps)
    return [whole, *of_each]


def look(books: Books, acknowledged: set[str], stored: Counter[str], dead: int) -> Found:
    return Found(
        committed=set(books.committed()),
        acknowledged=acknowledged,
        stored=stored,
        effects=Counter(books.effects()),
        counted=books.counted(),
        dead=dead,
    )


def tell(tally: Tally, found: Found) -> None:
    """Name some of what is wrong, for whoever looks for the cause."""
    for what, ids in (("lost", found.lost), ("duplicated", found.duplicated)):
        for one in sorted(ids)[:10]:
            tally.stage.say(
                f"{what}: {one}, committed {one in found.committed}, stored"
                f" {found.stored[one]} times, effects {found.effects[one]}"
            )


def _finding(name: str, committed: int, counts: Counts) -> Finding:
    wrong = counts.lost + counts.duplicated + counts.unexpected
    return Finding(
        name=name,
        bar=BAR,
        found=f"{counts.ok:,} of {committed:,} stored once, with one effect",
        met=wrong == 0 and counts.ok == committed and committed > 0,
        counts=counts,
        figures={"committed": committed},
    )
