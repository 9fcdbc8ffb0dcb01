"""The names of calls: an id for `X-Call-Id`, and a trace for callers that began none."""

import itertools
import os

from shared.ids import new_id


class Names:
    """Ids are UUIDs of version 7 whose last digits count, and whose time is renewed at times.

    One that was made anew for each call would cost more than reading the call.
    """

    def __init__(self) -> None:
        # Each call's last digits; they begin with 47 random bits, so that twelve will do.
        self.count = itertools.count(int.from_bytes(os.urandom(6)) >> 1)
        self.refresh()

    def refresh(self) -> None:
        """Begin a new moment; an id's first digits are its time."""
        self.moment = new_id()[:24].encode()
        self.trace = b"traceparent: 00-" + self.moment.replace(b"-", b"")
        self.span = self.moment[19:23]

    def traceparent(self, digits: bytes) -> bytes:
        """Begin a trace: a header line after W3C Trace Context."""
        return b"%b%b-%b%b-01\r\n" % (self.trace, digits, self.span, digits)
