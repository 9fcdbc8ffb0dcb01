import inspect

import grpc

from event_stream.statuses import CODES, code_of, trailers_of, unforeseen
from shared import errors
from shared.errors import ConfigurationError, Problem


def test_every_problem_has_a_code() -> None:
    problems = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Problem)
        and kind is not Problem
        and not kind.__name__.startswith("_")
    }

    assert set(CODES) == problems
    assert code_of(errors.Conflict("x")) is grpc.StatusCode.FAILED_PRECONDITION


def test_trailers_name_the_problem_and_when_to_come_again() -> None:
    assert trailers_of(errors.NotFound("x")) == (("fanfold-problem", "/problems/not-found"),)
    assert trailers_of(errors.Unavailable("x", 5)) == (
        ("fanfold-problem", "/problems/unavailable"),
        ("grpc-retry-pushback-ms", "5000"),
    )


def test_what_nobody_foresaw_tells_nothing_of_itself() -> None:
    for error in (ValueError("password=secret"), ConfigurationError("/etc/secret")):
        problem = unforeseen(error)
        assert code_of(problem) is grpc.StatusCode.INTERNAL
        assert "secret" not in str(problem)
