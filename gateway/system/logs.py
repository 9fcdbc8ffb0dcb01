"""Read what functions printed, as one JSON object a line."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import wire
from gateway.http.answers import Answer, sentence
from gateway.state.logs import Question
from gateway.system.api import ApiRequest, Stream
from gateway.system.bodies import namespace_of, unknown

if TYPE_CHECKING:
    from gateway.function import Function
    from gateway.gateway import Gateway

NDJSON = b"application/x-ndjson"
FIRST = datetime.fromtimestamp(0, UTC)


async def read(gateway: "Gateway", request: ApiRequest) -> Answer | Stream:
    name = request.query.get("name", "")
    function = gateway.find(name, namespace_of(gateway, request))
    if function is None:
        return unknown("function", name)
    try:
        question = question_of(request.query)
    except ValueError:
        return sentence(
            422, "tail must be a whole number, and since a time of RFC 3339 with its zone"
        )
    return Stream(lines(function, question), NDJSON)


def question_of(query: dict[str, str]) -> Question:
    since = query.get("since")
    # A + that nobody escaped has become a space on its way.
    at = datetime.fromisoformat(since.replace(" ", "+")) if since else FIRST
    if at.tzinfo is None:
        raise ValueError(since)
    return Question(
        since=at.timestamp(),
        tail=int(query.get("tail") or -1),
        follow=query.get("follow", "").lower() in {"1", "t", "true"},
        instance=query.get("instance", ""),
    )


async def lines(function: "Function", question: Question) -> AsyncIterator[bytes]:
    async for batch in function.log.read(question):
        yield b"".join(
            wire.encode(
                wire.LogEntry(
                    name=function.name,
                    namespace=function.namespace,
                    instance=line.instance,
                    timestamp=datetime.fromtimestamp(line.at, UTC),
                    text=line.text,
                )
            )
            + b"\n"
            for line in batch
        )
