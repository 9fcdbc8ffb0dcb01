"""Run an operation in a test as the runtime runs it, with nothing started.

    from functions.thing.operations import create
    from shared.testing import NOW, call, member

    async def test_create_answers_the_new_thing() -> None:
        store = ThingsInMemory()
        answer = await call(create, store=store, caller=member("user_1"), json={"name": "x"})
        assert answer.status == 201
        assert answer.json() == {"id": "…", "name": "x", "owner": "user_1", …}

`call` goes through the real application: the token or the signature of `caller` is minted and
verified, body and query are decoded and refused, problems become answers. The clock stands at
NOW. A consumer gets `event=Event.of(…)`, signed as the connector signs. `CannedCalls` answers
what an operation asks of other services, and `RecordingBroker` keeps what it publishes itself.
"""

from shared.testing.calling import Answer, ask, call, settings_of
from shared.testing.doubles import NOW, CannedCalls, RecordingBroker
from shared.testing.identities import (
    MASTER,
    admin,
    jwks,
    member,
    service,
    session_token,
    visitor,
)

__all__ = [
    "MASTER",
    "NOW",
    "Answer",
    "CannedCalls",
    "RecordingBroker",
    "admin",
    "ask",
    "call",
    "jwks",
    "member",
    "service",
    "session_token",
    "settings_of",
    "visitor",
]
