"""What administrators add to the log, and the record of what they do."""

from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event

RECORD = """
    INSERT INTO actions (at, caller, action, target, why)
    SELECT $1, $2, $3, target, $5 FROM unnest($4::text[]) AS target
"""
# One target that stands for several things.
RECORD_MANY = """
    INSERT INTO actions (at, caller, action, target, why, count) VALUES ($1, $2, $3, $4, $5, $6)
"""


class Writes:
    database: Postgres

    async def publish(self, event: Event, by: str, why: str) -> Event:
        """Let an event happen; it comes back to the log the way of all others."""

        async def work(tx: PostgresTransaction) -> Event:
            await tx.execute(RECORD, event.time, by, "event published", [event.id], why)
            tx.publish(event)
            return event

        return await self.database.write(work)
