"""What a person at a terminal is told when something does not work."""

import grpc


class Trouble(Exception):
    """What happened, and what to type next."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice


def told(error: grpc.RpcError, address: str) -> Trouble:
    """Put an answer of the server, or its silence, into words."""
    code, said = error.code(), error.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE and "fanfold" not in str(error.trailing_metadata()):
        return Trouble(
            f"nobody answers at {address}",
            "Type make status to see whether the event stream runs, make up to start it.",
        )
    return Trouble(said or f"the call ended with {code.name}", ADVICE.get(code, ""))


ADVICE = {
    grpc.StatusCode.UNAUTHENTICATED: (
        "Give another token: --token-file FILE, or GRPC_TOKEN in the environment. The operator"
        " token of make up is the file operator-token in its secrets."
    ),
    grpc.StatusCode.PERMISSION_DENIED: "Take the token of an administrator.",
    grpc.StatusCode.INVALID_ARGUMENT: "Add --help to the command to see what it takes.",
    grpc.StatusCode.NOT_FOUND: "The commands list, dead-letters, runs show ids.",
    grpc.StatusCode.FAILED_PRECONDITION: "The commands dead-letters, runs show how it stands.",
    grpc.StatusCode.UNAVAILABLE: "Try again in a moment; make status shows what is missing.",
    grpc.StatusCode.INTERNAL: "See what it says: make logs PART=stream",
}
