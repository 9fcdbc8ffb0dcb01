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

    def info(self, fact: str, **fields: object) -> None:
        """Tell that all is well: at the beginning, and when trouble is over."""
        if self._told != (fact, None):
            self._told = (fact, None)
            log.info(fact, **fields)

    def over(self, fact: str, **fields: object) -> None:
        """Tell that trouble is over, if there was any."""
        if self._told is not None:
            self._told = None
            log.info(fact, **fields)
