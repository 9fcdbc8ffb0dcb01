"""Give back what was asked for in the query."""

from dataclasses import dataclass, field

from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE)


@dataclass(frozen=True, slots=True)
class Find:
    limit: int = 20
    tags: list[str] = field(default_factory=list)
    cursor: str | None = None


async def handle(request: Find) -> Page[Find]:
    return Page([request], request.cursor)
