"""What can go wrong in a call, each kind with one status and one type.

Problem
├── Invalid            400  the request does not have the shape or the values asked for
├── Unauthenticated    401  who calls is not known, and a token would help
├── Forbidden          403  who calls is known, and may not
├── NotFound           404  nothing is there under this id
├── MethodNotAllowed   405  the operation answers another method
├── Conflict           409  what is there already stands against it; trying later may help
├── Stale              412  the caller saw an older revision
├── TooLarge           413  the body has more bytes than the operation takes
├── UnsupportedMedia   415  the body is of another content type
├── TooManyRequests    429  the caller's share is used up for now
└── Unavailable        503  something the operation needs does not answer now
ConfigurationError          the installation lacks a setting or a secret; not the caller's doing
"""

from typing import ClassVar


class Problem(Exception):
    """An outcome that the caller is told: the message is the answer's `detail`."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Error"
    type: ClassVar[str] = "/problems/internal"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers or {}


class Invalid(Problem):
    status = 400
    title = "Bad Request"
    type = "/problems/bad-request"


class Unauthenticated(Problem):
    status = 401
    title = "Unauthenticated"
    type = "/problems/unauthenticated"

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, headers={"www-authenticate": "Bearer", **(headers or {})})


class Forbidden(Problem):
    status = 403
    title = "Forbidden"
    type = "/problems/forbidden"


class NotFound(Problem):
    status = 404
    title = "Not Found"
    type = "/problems/not-found"


class MethodNotAllowed(Problem):
    status = 405
    title = "Method Not Allowed"
    type = "/problems/method-not-allowed"


class Conflict(Problem):
    status = 409
    title = "Conflict"
    type = "/problems/conflict"


class Stale(Problem):
    status = 412
    title = "Precondition Failed"
    type = "/problems/stale"


class TooLarge(Problem):
    status = 413
    title = "Content Too Large"
    type = "/problems/too-large"


class UnsupportedMedia(Problem):
    status = 415
    title = "Unsupported Media Type"
    type = "/problems/unsupported-media"


class _Later(Problem):
    """A problem that time mends: the answer says after how many seconds to try again."""

    def __init__(
        self, detail: str = "", retry_after: int = 1, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail, headers={"retry-after": str(retry_after), **(headers or {})})
        self.retry_after = retry_after


class TooManyRequests(_Later):
    status = 429
    title = "Too Many Requests"
    type = "/problems/too-many-requests"


class Unavailable(_Later):
    status = 503
    title = "Unavailable"
    type = "/problems/unavailable"


class ConfigurationError(Exception):
    """A setting or a secret is missing or unusable: the message names it and the remedy."""
