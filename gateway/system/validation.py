"""What a deployment must be like before anything is done with it."""

from gateway.state.secrets import checked_name
from gateway.wire import ENVIRONMENT_NAME, LABEL, Deployment, Malformed, encode

IMAGE_LENGTH = 512
ENTRY_LENGTH = 65_536
ENTRIES = 256
# All of them go to the process in one message, as JSON, which the kernel's buffer must take.
VARIABLES_LENGTH = 131_072


def check(deployment: Deployment) -> None:
    if not LABEL.fullmatch(deployment.service):
        raise Malformed(
            "a function's name must have 1 to 63 lower-case letters, digits and inner dashes, "
            f"got {deployment.service!r}"
        )
    if not 0 < len(deployment.image) <= IMAGE_LENGTH:
        raise Malformed(
            f"image must have 1 to {IMAGE_LENGTH} characters, got {len(deployment.image)}"
        )
    for name in deployment.secrets:
        checked_name(name)
    for kind, entries in (
        ("envVars", deployment.env_vars),
        ("labels", deployment.labels),
        ("annotations", deployment.annotations),
    ):
        check_entries(kind, entries)
    check_variables(deployment.env_vars)


def check_variables(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        if not ENVIRONMENT_NAME.fullmatch(name):
            raise Malformed(f"a variable's name must be letters, digits and _, got {name!r}")
        if "\0" in value:
            raise Malformed(f"variable {name} must not hold a zero byte")
    size = len(encode(variables))
    if size > VARIABLES_LENGTH:
        raise Malformed(
            f"envVars must take at most {VARIABLES_LENGTH} bytes together, got {size}"
        )


def check_entries(kind: str, entries: dict[str, str]) -> None:
    if len(entries) > ENTRIES:
        raise Malformed(f"{kind} must have at most {ENTRIES} entries, got {len(entries)}")
    for name, value in entries.items():
        if len(name) + len(value) > ENTRY_LENGTH:
            raise Malformed(f"{kind} {name[:80]} must have at most {ENTRY_LENGTH} characters")
