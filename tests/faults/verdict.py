"""What the databases say about one member's posts: each event once, each effect once."""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import aiomysql
import asyncpg
from surrealdb import AsyncSurreal

from tests.conftest import Installation

EVENTS = "SELECT subject FROM events WHERE type = 'post.created' AND subject = ANY($1)"


@dataclass
class Effects:
    """How often each committed post is found in each place; once is right."""

    posts: set[str]
    found: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def committed(self) -> int:
        return len(self.posts)

    def settled(self) -> bool:
        """Every place has heard of every post."""
        return all(set(counter) >= self.posts for counter in self.found.values())

    def wrong(self) -> dict[str, dict[str, int]]:
        """The posts that a place has not exactly once."""
        return {
            place: bad
            for place, counter in self.found.items()
            if (bad := {post: counter[post] for post in self.posts if counter[post] != 1})
        }


async def effects_of(installation: Installation, author: str) -> Effects:
    """Ask every database about the posts that the author has committed."""
    postgres = installation.admin["postgres"].rsplit("/", 1)[0]
    rows = await _query(f"{postgres}/post", "SELECT id FROM posts WHERE author_id = $1", author)
    posts = {str(row["id"]) for row in rows}
    subjects = [f"post/{post}" for post in posts]
    stored = await _query(f"{postgres}/event", EVENTS, subjects)
    counted = await _query(f"{postgres}/faulty", "SELECT subject, times FROM effects")
    effects = Effects(posts)
    effects.found = {
        "event store": Counter(row["subject"].removeprefix("post/") for row in stored),
        "non-idempotent counter": Counter(
            {row["subject"].removeprefix("post/"): row["times"] for row in counted}
        ),
        "projection of like": Counter(await _known_to_like(installation)),
        "projection of comment": Counter(await _known_to_comment(installation)),
    }
    return effects


async def _query(url: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()


async def _known_to_like(installation: Installation) -> list[str]:
    url = urlsplit(installation.admin["surreal"])
    async with AsyncSurreal(f"ws://{url.hostname}:{url.port}/rpc") as database:
        await database.signin(
            {"username": unquote(url.username or ""), "password": unquote(url.password or "")}
        )
        await database.use("fanfold", "like")
        known = await database.query("SELECT VALUE record::id(id) FROM posts")
        assert isinstance(known, list)
        return [str(post) for post in known]


async def _known_to_comment(installation: Installation) -> list[str]:
    url = urlsplit(installation.admin["mysql"])
    connection = await aiomysql.connect(
        host=url.hostname,
        port=url.port,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        db="comment",
    )
    async with connection, connection.cursor() as cursor:
        await cursor.execute("SELECT id FROM posts")
        return [row[0] for row in await cursor.fetchall()]
