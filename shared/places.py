"""Where functions are called: each at an address of its own, or all of a service at one.

The Community Editions of OpenFaaS allow 15 functions: there each service is one
(`stack.services.yml`), which finds its operation by the first segment of the path.
"""

OPERATIONS, SERVICES = "operations", "services"
# The annotation of a merged function: a JSON map from each operation that is invoked by events
# or by the clock to the annotations that it would have by itself.
CONSUMERS = "com.fanfold.consumers"
# What our gateway adds to the annotations of a function that has fallen since it was deployed.
LAST_EXIT = "com.fanfold.last-exit"
LAST_EXIT_AT = "com.fanfold.last-exit-at"
RESTARTS = "com.fanfold.restarts"
FALLS = frozenset({LAST_EXIT, LAST_EXIT_AT, RESTARTS})


def separator(form: str) -> str:
    """Give what stands between service and operation in an address."""
    return "/" if form == SERVICES else "-"


def path_of(function: str, form: str) -> str:
    """Give the path of a function at the gateway; its name and its signature stay the same."""
    return f"/function/{function.replace('-', separator(form), 1)}"
