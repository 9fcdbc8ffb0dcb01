"""However many deliveries wait or are kept, what the relay asks every few seconds is quick."""

from typing import Any

import msgspec
import pytest

from functions.event.store import Store, deliveries, shares
from tests.integration.service import Service

# A way through the indexes. Of the deliveries below, all are on more than a thousand.
FEW = 100
SUBSCRIPTION = """
    INSERT INTO subscriptions (id, type, url, created_by, created_at)
    VALUES ('one', '#', 'https://example.com', 'ada', now())
"""
# Half of them were delivered yesterday, half come again in an hour.
DELIVERIES = """
    INSERT INTO deliveries (id, subscription_id, event_id, type, created_at, next_at, state,
                            settled_at)
    SELECT 'delivery-' || n, 'one', 'event-' || n, 'post.created', now(),
           now() + make_interval(mins => 60),
           CASE WHEN n % 2 = 0 THEN 'waiting' ELSE 'delivered' END,
           CASE WHEN n % 2 = 1 THEN now() - interval '1 day' END
    FROM generate_series(1, 40000) AS n
"""


@pytest.mark.parametrize(
    ("sql", "args"),
    [
        (deliveries.PURGE, (deliveries.PURGED,)),
        (shares.DUE, (shares.SILENCE, shares.SHARE, shares.DUE_AT_ONCE)),
    ],
    ids=["purge", "due"],
)
async def test_deliveries_whose_time_has_not_come_are_not_read(
    event: Service[Store], sql: str, args: tuple[Any, ...]
) -> None:
    database = event.store.database
    await database.execute(SUBSCRIPTION)
    await database.execute(DELIVERIES)
    await database.execute("ANALYZE deliveries")
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
    [found] = msgspec.json.decode(await database.fetchval(explain, *args))
    assert found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < FEW
