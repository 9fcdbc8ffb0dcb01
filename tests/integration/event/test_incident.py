"""While much fails at once, those who look at it are answered."""

import pytest

from functions.event.store import Store
from functions.event.store.counts import WAITING
from tests.integration.event.test_big_log import blocks, slowly
from tests.integration.service import Service

COUNT = 20_000
FAILED = """
    INSERT INTO dead_letters (id, event_id, function, type, reason, attempts, last_status,
                              last_error, first_failed_at, last_failed_at, traceparent, body)
    SELECT 'l' || n, 'e' || n, 'f' || n % 3, 'x', 'r', 1, 500, 'out of order', now(), now(),
           '', convert_to(repeat('x', 1000), 'utf8')
    FROM generate_series(1, $1::int) AS n
"""


async def test_waiting_letters_are_counted_in_an_index(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    await slowly(event, FAILED, COUNT)
    await slowly(event, "VACUUM ANALYZE dead_letters")
    counting = event.store.database.fetch(WAITING)
    rows, seen = await blocks(event, counting, monkeypatch)
    assert [tuple(row.values()) for row in rows] == [("f1", 6667), ("f2", 6667), ("f0", 6666)]
    # Each index entry takes some bytes, while the rows have a thousand and more.
    assert seen < COUNT / 100
