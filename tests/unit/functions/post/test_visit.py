"""Who a visitor is, as far as a proxy tells."""

import pytest

from functions.post.operations.visit import address_of


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("", ""),
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1:40312", "10.0.0.1"),
        ("1.2.3.4, 10.0.0.1:40312", "10.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[::1]:40312", "::1"),
        ("2001:db8::7", "2001:db8::7"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_told_without_its_port(forwarded: str, address: str) -> None:
    assert address_of(forwarded) == address
