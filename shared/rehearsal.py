"""What all processes would do once, done in the one that they are forked from.

OpenSSL looks up what it needs, and abstract classes learn what is theirs, on shared pages.
"""

import sys
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from shared import signing
from shared.http import Request
from shared.identity import Identity, Keys
from shared.settings import Settings

ISSUER = "https://rehearsal.invalid"
# Signed with a key that was thrown away, for a minute of 1970.
HEAD = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJlaGVhcnNhbCIsInR5cCI6IkpXVCJ9"
CLAIMS = (
    "eyJpc3MiOiJodHRwczovL3JlaGVhcnNhbC5pbnZhbGlkIiwic3ViIjoibm9ib2R5Iiwic2"
    "lkIjoibm9uZSIsImlhdCI6MCwibmJmIjowLCJleHAiOjYwfQ"
)
SIGNATURE = (
    "CETZQ3KiFNhYI5yuRbjm1uvhBS5sOC0Eysu2OPjpAbVaTDbCECjw_V_yXy7Ghl4sqiydhTLxfS3GhhCPrGBI"
    "5pW_Jf0ZVUr0izUj6NcxikJiZreRRNpkNP_CeIe9CEtDbj3GMypmiS3E-VmIqeVHnqcysOaOgu8bj9ZKzGjM"
    "rUH7doyFM55IQG1pgtexSTkQ12MN6xAuUjmsGYAm_STg0kCZ7reGv7OSZJOQ1HykrP3qUJCaGj6ZtW5rLZnH"
    "yQBtHX2xxeUymcUeW8_tyR6akNvslaf4aBXpHeRSNyRmRsLMbPIrDvEPQ1201LQKZrkpkf8ctYvluPNkfpXy"
    "HcPQCQ"
)
KEY = {
    "kid": "rehearsal",
    "kty": "RSA",
    "e": "AQAB",
    "n": (
        "1gTlY09DN1NWgMvNRFPfCOUPfsdfpc4Sje1LxZVtWGuGuKMFz1Ta8ksJ-YK_8pWbJl_ulYz1Tf_jpVFM"
        "t2GgCkVyUC4-1VCwG4kezsOsu5HO8vFwnQpDuDMt26rx4rSYwXYYo9gxxF8utYZsYzyzgU2vgC_nkDlm"
        "WcVNZlR0B6o-begfO_mgzJL9S4yxkQ4np2OnPb4WlQnfvViLc243zU-KXcKUOWiFrfKq8xHGV5VDhUDp"
        "onm0nNLg9hL3Fe3y_8uV-_PYgfdKeaJ7K7gsvwth5Xcak64Z3qT9OMUOIoIrEEBQXJmYKbe9SdkVZK8l"
        "XvndX4JeMp_MzWUz6ZnBUQ"
    ),
}


async def _published(_url: str) -> object:
    return {"keys": [KEY]}


def rehearse() -> None:
    """Do what calls begin with; and then have the interpreter remember that and nothing else.

    Its cache of attributes is full of names that only imports looked up. It holds them: a
    process that looks up others writes to the pages of these and of those, 1.4 MB in all.
    """
    _begin()
    sys._clear_type_cache()  # noqa: SLF001 - documented, and has no other name
    _begin()


def _begin() -> None:
    """Verify a token and a signature. It makes no loop, no connection and no id."""
    _ = isinstance({}, Mapping), isinstance([], Sequence), isinstance((), Sequence)
    identity = Identity(Settings(clerk_issuer=ISSUER), Keys("", fetch=_published))
    request = Request("GET", "/", {"authorization": f"Bearer {HEAD}.{CLAIMS}.{SIGNATURE}"}, b"")
    run(identity.caller(request, function="rehearsal", target="/", now=1.0))
    made = signing.sign("rehearsal", "rehearsal", "/", b"", 1)
    signing.verify("rehearsal", "rehearsal", "/", b"", signature=made, now=1.0)


def run(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run what waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("a rehearsal must not wait")
