import pytest

from shared import errors

STATUSES = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_problem_has_its_own_status_title_and_type(
    kind: type[errors.Problem], status: int
) -> None:
    raised = kind("the rule and the value")
    assert (raised.status, str(raised)) == (status, "the rule and the value")
    assert len({k.type for k in STATUSES}) == len({k.title for k in STATUSES}) == len(STATUSES)


def test_unauthenticated_names_the_scheme() -> None:
    assert errors.Unauthenticated("who?").headers == {"www-authenticate": "Bearer"}


@pytest.mark.parametrize("kind", [errors.Unavailable, errors.TooManyRequests])
def test_problem_that_time_mends_says_when_to_retry(
    kind: type[errors.Unavailable | errors.TooManyRequests],
) -> None:
    assert kind("later").headers == {"retry-after": "1"}
    assert kind("later", 30).headers == {"retry-after": "30"}
    assert kind("later", retry_after=30).retry_after == 30
