"""Remember, of the events that one function may have died of, what is known of each."""

from collections import OrderedDict
from dataclasses import dataclass

# So many are remembered; who is forgotten is only found out later.
MOST = 10_000
# So many events that fell alone one after the other are no poison: it is the function.
DISTINCT = 3


@dataclass(slots=True)
class Doubt:
    """What is known of one suspect, on its way through tiers, too.

    `answers` is how often the function had answered when it last fell with this event, `lone`
    how often it fell with it alone while nobody could say why.
    """

    answers: int | None = None
    lone: int = 0


class Doubts:
    """The suspects of one function, by the ids of their messages."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Doubt] = OrderedDict()
        self._lonely: set[str] = set()

    def of(self, message: str) -> Doubt:
        doubt = self._known.get(message)
        if doubt is None:
            doubt = self._known[message] = Doubt()
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return doubt

    def forget(self, message: str) -> None:
        self._known.pop(message, None)
        self._lonely.discard(message)

    def fell_alone(self, message: str) -> bool:
        """Note who fell alone; tell whether so many did that it is not one of them."""
        if len(self._lonely) <= DISTINCT:
            self._lonely.add(message)
        return len(self._lonely) >= DISTINCT

    def answered(self) -> None:
        """Know that the function has answered: it is there, whoever fell before."""
        self._lonely.clear()
