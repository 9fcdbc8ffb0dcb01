"""A failed delivery is read whatever its headers and bytes are."""

from datetime import UTC, datetime
from typing import Any

from functions.event.events import dead_letter, queue_of, retry_headers
from functions.event.model import DeadLetter
from shared.letters import Letter

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def read(body: bytes, **headers: str) -> DeadLetter:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return dead_letter(Letter(sent, body), NOW)


def fields(letter: DeadLetter, *names: str) -> list[Any]:
    return [getattr(letter, name) for name in names]


def test_dead_letter_of_bytes_has_the_same_id_each_time() -> None:
    first, second = read(b"\xff"), read(b"\xff")
    assert first.event_id == second.event_id
    assert first.event_id.startswith("sha256:a8100ae6aa1940d0b663bb31cd466142")
    assert fields(first, "function", "reason", "type") == ["unknown", "unknown", ""]


def test_dead_letter_reads_headers_with_care() -> None:
    letter = read(
        b"?",
        fanfold_function="a",
        fanfold_origin_key="post.created",
        fanfold_attempt="99999999999",
        fanfold_last_status="x",
        fanfold_last_error="%00%FF ok",
        fanfold_last_failed_at="2026-03-04T05:00:00",
        fanfold_first_failed_at="never",
    )
    assert fields(letter, "attempts", "last_status", "last_error") == [
        0,
        0,
        "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} ok",
    ]
    at = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    assert fields(letter, "type", "first_failed_at", "last_failed_at") == [
        "post.created",
        at,
        at,
    ]
    assert (queue_of(letter.function), retry_headers(letter)) == (
        "fn.a",
        {"fanfold-retry-of": letter.id, "fanfold-origin-key": "post.created"},
    )
