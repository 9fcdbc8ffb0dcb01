"""What a problem is called in gRPC: the one place where both vocabularies meet."""

from typing import Any, NoReturn

import grpc

from shared import errors
from shared.errors import ConfigurationError, Problem

Context = grpc.aio.ServicerContext[Any, Any]

# The trailer that says where in the log a stream goes on, and the one that names a problem.
AFTER = "fanfold-after"
PROBLEM = "fanfold-problem"
# gRPC's own word for: try again after so many milliseconds.
PUSHBACK = "grpc-retry-pushback-ms"

CODES: dict[type[Problem], grpc.StatusCode] = {
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.MethodNotAllowed: grpc.StatusCode.UNIMPLEMENTED,
    errors.Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Stale: grpc.StatusCode.ABORTED,
    errors.TooLarge: grpc.StatusCode.INVALID_ARGUMENT,
    errors.UnsupportedMedia: grpc.StatusCode.INVALID_ARGUMENT,
    errors.TooManyRequests: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
}


def code_of(problem: Problem) -> grpc.StatusCode:
    return CODES.get(type(problem), grpc.StatusCode.INTERNAL)


def trailers_of(problem: Problem) -> tuple[tuple[str, str], ...]:
    told: tuple[tuple[str, str], ...] = ((PROBLEM, problem.type),)
    if isinstance(problem, errors.TooManyRequests | errors.Unavailable):
        told += ((PUSHBACK, str(problem.retry_after * 1000)),)
    return told


async def refuse(context: Context, problem: Problem) -> NoReturn:
    """End a call with a problem; what its stream has said of its place goes with it."""
    said = tuple(context.trailing_metadata() or ())
    await context.abort(code_of(problem), str(problem), said + trailers_of(problem))


def unforeseen(error: Exception) -> Problem:
    """Make a problem of an error that nobody has foreseen, and tell nothing of it."""
    if isinstance(error, ConfigurationError):
        return Problem("the event stream lacks a setting; its log says which")
    return Problem("something went wrong in the event stream; its log says what")
