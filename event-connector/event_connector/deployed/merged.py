"""Functions that are whole services: what each does for events is a function of its own to us.

Queue, inbox, signature and policy belong to `post-on-user-updated`, whether that is deployed by
itself or is what the function `post` does at the path `/on-user-updated`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from shared.places import CONSUMERS, OPERATIONS, SERVICES, path_of

if TYPE_CHECKING:  # it is the gateway's list that is unfolded
    from event_connector.deployed.gateway import Deployed

Consumers = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Places:
    """Which functions are deployed by themselves, and which are whole services."""

    own: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def path(self, function: str) -> str:
        """Give the path of a function at the gateway; one of itself comes first."""
        service, dash, _ = function.partition("-")
        merged = dash and function not in self.own and service in self.services
        return path_of(function, SERVICES if merged else OPERATIONS)


def unfolded(deployed: Iterable["Deployed"]) -> tuple[list["Deployed"], Places]:
    """Give each consumer of a service as a function, under the name that it would have."""
    listed = list(deployed)
    services = [one for one in listed if CONSUMERS in (one.annotations or {})]
    functions = [one for one in listed if one not in services]
    own = frozenset(one.name for one in functions)
    for service in services:
        try:
            consumers = consumers_of((service.annotations or {})[CONSUMERS])
        except ValueError:
            functions.append(service)  # as it is, so that it is complained of
            continue
        functions += [
            msgspec.structs.replace(
                service, name=f"{service.name}-{operation}", annotations=annotations
            )
            for operation, annotations in consumers.items()
            if f"{service.name}-{operation}" not in own
        ]
    return functions, Places(own, frozenset(service.name for service in services))


def consumers_of(text: str) -> Consumers:
    """Read the annotation; raises ValueError."""
    try:
        return msgspec.json.decode(text, type=Consumers)
    except ValueError as error:
        raise ValueError(
            f"consumers are a JSON map from operation to its annotations: {error}"
        ) from None
