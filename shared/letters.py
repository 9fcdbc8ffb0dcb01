"""Dead letters on their way to their store, many in one call: any bytes, and what is told.

One alone is the body of its call, and what is told of it are the call's headers.
"""

from collections.abc import Mapping, Sequence

import msgspec

from shared.errors import Invalid
from shared.wording import worded

BATCH_TYPE = "application/vnd.fanfold.dead-letters+json"


class Letter(msgspec.Struct, frozen=True):
    """The body as it failed, in base64, and its headers, as one call would have them."""

    headers: Mapping[str, str]
    body: bytes


def encode(letters: Sequence[Letter]) -> bytes:
    return msgspec.json.encode(letters)


def decode(body: bytes) -> list[Letter]:
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise Invalid(worded(error, "body")) from None


_DECODER = msgspec.json.Decoder(list[Letter])
