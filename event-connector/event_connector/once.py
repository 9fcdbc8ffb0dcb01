"""Log a condition when it begins, changes or ends, not each time it is met."""

from shared import log


class Once:
    """Remembers the last fact told, so that a loop that fails each second writes one line."""

    def __init__(self) -> None:
        self._told: tuple[str, object] | None = None

    def warning(self, fact: str, **fields: object) -> None:
        told = (fact, repr(sorted(fields.items())))
        if told != self._told:
            self._told = told
            log.warning(fact, **fields)

    def cleared(self, fact: str, **fields: object) -> None:
        """Tell that it is over, if it was ever told, or that it is well for the first time."""
        told = (fact, None)
        if told != self._told:
            self._told = told
            log.info(fact, **fields)
