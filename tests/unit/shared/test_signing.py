import hashlib
import hmac

import pytest

from shared.errors import Forbidden, Unauthenticated
from shared.signing import sign, verify

CALL = ("master", "thing-relay", "/a?b=c", b"{}")


def hkdf(master: bytes, info: bytes) -> bytes:
    """One block of RFC 5869 with no salt, which is what a peer in another language would do."""
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def test_signature_is_what_the_contract_says() -> None:
    key = hkdf(b"master", b"fanfold function thing-relay")
    text = f"1700000000\nthing-relay\n/a?b=c\n{hashlib.sha256(b'{}').hexdigest()}"
    mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert sign(*CALL, 1_700_000_000) == f"t=1700000000,v1={mac}"


@pytest.mark.parametrize("skew", [-60, 0, 60])
def test_signature_holds_for_a_minute_either_way(skew: int) -> None:
    verify(*CALL, signature=sign(*CALL, 1_700_000_000), now=1_700_000_000 + skew)


@pytest.mark.parametrize("skew", [-61, 61, 1_000_000])
def test_signature_of_another_time_is_refused(skew: int) -> None:
    with pytest.raises(Unauthenticated, match="at most 60 s old"):
        verify(*CALL, signature=sign(*CALL, 1_700_000_000), now=1_700_000_000 + skew)


@pytest.mark.parametrize(
    "other",
    [
        ("other", "thing-relay", "/a?b=c", b"{}"),
        ("master", "thing-migrate", "/a?b=c", b"{}"),
        ("master", "thing-relay", "/a?b=d", b"{}"),
        ("master", "thing-relay", "/a", b"{}"),
        ("master", "thing-relay", "/a?b=c", b"{ }"),
    ],
)
def test_signature_of_another_call_is_refused(other: tuple[str, str, str, bytes]) -> None:
    with pytest.raises(Forbidden, match="was not made for this call of thing-relay"):
        verify(*CALL, signature=sign(*other, 100), now=100)


def test_signature_with_a_moved_time_is_refused() -> None:
    moved = sign(*CALL, 100).replace("t=100", "t=500")
    with pytest.raises(Forbidden):
        verify(*CALL, signature=moved, now=500)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        f"v1={'0' * 64}",
        "t=1,v1=zz",
        f"t=-1,v1={'0' * 64}",
        f"t=\N{ARABIC-INDIC DIGIT THREE},v1={'0' * 64}",
        f"{sign(*CALL, 100)},v1={'0' * 64}",
        f"{sign(*CALL, 100)}\n",
    ],
)
def test_signature_of_another_form_is_refused(signature: str) -> None:
    with pytest.raises(Unauthenticated, match="must be t="):
        verify(*CALL, signature=signature, now=100)
