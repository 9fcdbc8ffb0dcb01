"""How an operation is called: by which method, by whom, and what it promises."""

from enum import StrEnum

import msgspec

from shared.errors import Problem


class Role(StrEnum):
    VISITOR = "visitor"
    MEMBER = "member"
    ADMIN = "admin"
    SERVICE = "service"


ANYONE = frozenset(Role)
MEMBERS = frozenset({Role.MEMBER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
SERVICES = frozenset({Role.SERVICE})
ADMINS_AND_SERVICES = frozenset({Role.ADMIN, Role.SERVICE})


# An endpoint of ANY method takes the raw request and refuses methods itself.
ANY = "ANY"


class Endpoint(msgspec.Struct, frozen=True):
    """What an operation declares beside its `handle`.

    `etag`: the answer of a GET carries a tag, and 304 spares who has it already.
    `raises`: the problems that are this operation's own, beyond what its shape and its roles
    imply (400, 401, 403 by role, 405, 413, 415, 503).

    `accepts` and `answers`: the media types of a body that it takes, and of an answer that it
    makes, as raw bytes.
    `migrates`: it runs on whatever schema it finds, because it brings the newest.

    The last two concern consumers. `replayable`: the effect is set by version, so that handling
    an old event again is safe. `inbox=False`: the operation's own key makes a second delivery
    harmless.
    """

    method: str
    allow: frozenset[Role]
    status: int = 200
    body_limit: int = 65536
    etag: bool = False
    raises: tuple[type[Problem], ...] = ()
    accepts: tuple[str, ...] = ()
    answers: str = ""
    migrates: bool = False
    replayable: bool = False
    inbox: bool = True


class Again(msgspec.Struct, frozen=True):
    """The answer of a consumer that did part of its work: the connector calls again at once."""

    again: bool = True
