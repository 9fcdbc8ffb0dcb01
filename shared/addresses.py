"""Which addresses a call that somebody else asked for may go to."""

import ipaddress

# Where IPv6 networks reach IPv4: the last four bytes are the address that is meant (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# The Internet's addresses of IPv6 are given from here; what lies elsewhere may be a site's own.
_GIVEN = ipaddress.ip_network("2000::/3")


def is_public(text: str) -> bool:
    """Tell whether an address belongs to the Internet at large: to no network of our own."""
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Find the IPv4 address that an IPv6 address wraps, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
