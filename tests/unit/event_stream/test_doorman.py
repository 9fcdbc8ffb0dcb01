import pytest

from event_stream.doorman import OPERATOR, SESSION_SECONDS, Admitted, Doorman
from shared import signing
from shared.context import Caller
from shared.endpoint import Role
from shared.errors import Forbidden, Invalid, Unauthenticated
from shared.identity import Identity, Keys
from shared.testing import NOW, settings_of
from shared.testing.identities import MASTER, admin, bearer, jwks, member

TOKEN = "fanfold_operator_x"


async def fetch(_: str) -> object:
    return jwks()


def doorman(*, later: float = 0.0) -> Doorman:
    identity = Identity(settings_of(), Keys("https://clerk.test/jwks", fetch=fetch))
    return Doorman(TOKEN, identity, lambda: NOW.timestamp() + later)


async def test_operator_may_stay() -> None:
    assert await doorman().admit([("authorization", f"Bearer {TOKEN}")]) == Admitted(
        OPERATOR, None
    )


async def test_administrator_may_stay_for_less_than_the_token_lives() -> None:
    found = await doorman().admit([("user-agent", "x"), ("authorization", bearer(admin()))])

    assert found == Admitted(Caller("user_admin", Role.ADMIN), SESSION_SECONDS)
    assert SESSION_SECONDS < 60


async def test_member_may_not_come_in() -> None:
    with pytest.raises(Forbidden, match="must be an administrator, user_1 is a member"):
        await doorman().admit([("authorization", bearer(member()))])


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")],
        [("authorization", b"Bearer x")],
        [("authorization", "")],
        [("authorization", TOKEN)],
        [("authorization", f"Basic {TOKEN}")],
        [("authorization", f"Bearer {TOKEN}x")],
        [("authorization", "Bearer ")],
        [("authorization", "Bearer größe")],
        [("Authorization", f"Bearer {TOKEN}")],
    ],
)
async def test_whoever_proves_nothing_is_unknown(
    metadata: list[tuple[str, str | bytes]],
) -> None:
    with pytest.raises(Unauthenticated):
        await doorman().admit(metadata)


async def test_token_that_has_expired_is_worth_nothing() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        await doorman(later=120).admit([("authorization", bearer(admin()))])


async def test_signature_of_functions_is_none_for_grpc() -> None:
    signed = signing.sign(MASTER, "event-stream", "/", b"", int(NOW.timestamp()))
    with pytest.raises(Unauthenticated):
        await doorman().admit([(signing.HEADER, signed)])


@pytest.mark.parametrize("name", ["ada", "Ada L. 2nd", "ada@example.org", "x" * 64])
async def test_operator_is_known_by_the_name_that_is_told(name: str) -> None:
    metadata = [("authorization", f"Bearer {TOKEN}"), ("fanfold-operator", name)]
    found = await doorman().admit(metadata)

    assert found.caller == Caller(f"operator ({name})", Role.ADMIN)


@pytest.mark.parametrize(
    "name", ["", " ada", "user_1)", "a\nb", "größe", "-x", "x" * 65, b"ada"]
)
async def test_name_that_a_record_cannot_hold_is_refused(name: str | bytes) -> None:
    metadata = [("authorization", f"Bearer {TOKEN}"), ("fanfold-operator", name)]
    with pytest.raises(Invalid, match="fanfold-operator"):
        await doorman().admit(metadata)


async def test_name_is_told_once() -> None:
    names = [("fanfold-operator", "ada"), ("fanfold-operator", "eve")]
    with pytest.raises(Invalid, match="fanfold-operator once, got it 2 times"):
        await doorman().admit([("authorization", f"Bearer {TOKEN}"), *names])


async def test_nobody_with_a_session_token_goes_by_another_name() -> None:
    metadata = [("authorization", bearer(admin())), ("fanfold-operator", "eve")]
    with pytest.raises(Invalid, match="goes with the operator token"):
        await doorman().admit(metadata)
