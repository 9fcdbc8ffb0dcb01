"""What became of queued calls, in plain numbers."""

from collections import Counter


class Tally:
    """One lane's numbers since this gateway started."""

    __slots__ = ("accepted", "attempts", "callbacks", "outcomes", "retries")

    def __init__(self) -> None:
        self.accepted = 0
        self.attempts = 0
        self.retries = 0
        # `done`, `failed` or `undeployed`
        self.outcomes: Counter[str] = Counter(done=0, failed=0)
        # `delivered`, `refused`, `undelivered` or `forbidden`
        self.callbacks: Counter[str] = Counter()


class Tallies(dict[str, Tally]):
    """By lane: names that nobody has deployed are counted together, however many there are."""

    def __missing__(self, name: str) -> Tally:
        tally = self[name] = Tally()
        return tally
