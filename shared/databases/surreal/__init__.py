"""SurrealDB through its own client, over a websocket."""

from shared.databases.surreal.adapter import Surreal, SurrealTransaction

__all__ = ["Surreal", "SurrealTransaction"]
