"""What the databases say after a load: events stored once, counts equal to their rows."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tests.conftest import Installation
from tests.e2e.client import eventually
from tests.faults.books import OnMongo, OnMySQL, OnPostgres, OnSurreal
from tests.faults.eventstore import ask

# How long what was written may take to reach every service once the load is over.
WITHIN = 120.0

SHOWN = """
    SELECT id::text, likes, comments FROM posts JOIN tallies ON post_id = id WHERE NOT deleted
"""
STORED = "SELECT id, count(*) FROM events WHERE id = ANY($1::text[]) GROUP BY id"
COMMENTS = "SELECT post_id, count(*) FROM comments WHERE deleted = FALSE GROUP BY post_id"
LIKES = "SELECT post, count() AS likes FROM likes WHERE liked = true GROUP BY post"
TALLIES = "SELECT post, likes FROM tallies"


class OfLike(OnSurreal):
    """The like service's own database, which stands beside those of trials."""

    namespace = "fanfold"


@dataclass(frozen=True)
class Verdict:
    """What was found, and what of it is wrong: by kind, as many as there are."""

    events: int
    posts: int
    wrong: Mapping[str, int]

    def __str__(self) -> str:
        found = f"{self.events:,} committed events, {self.posts:,} posts"
        if not self.wrong:
            return f"{found}: every event stored once, every count equal to its rows"
        return f"{found}: " + ", ".join(f"{n} {what}" for what, n in self.wrong.items())


class Databases:
    """The stores of a running installation, read past its functions."""

    def __init__(self, installation: Installation) -> None:
        self.post = OnPostgres(installation, "post")
        self.like = OfLike(installation, "like")
        self.comment = OnMySQL(installation, "comment")
        self.user = OnMongo(installation, "user")
        self.postgres = installation.admin["postgres"].rsplit("/", 1)[0]

    def settled(self) -> Verdict:
        """Wait until everybody has heard of everything, and give what there is then."""
        with suppress(AssertionError):
            return eventually(self.verdict, lambda seen: not seen.wrong, within=WITHIN)
        return self.verdict()

    def verdict(self) -> Verdict:
        books = (self.post, self.like, self.comment, self.user)
        ids = [id_ for book in books for id_ in book.committed()]
        stored: dict[str, int] = dict(map(tuple, ask(f"{self.postgres}/event", STORED, ids)))
        shown = ask(f"{self.postgres}/post", SHOWN)
        likes = Counter({row["post"]: row["likes"] for row in self.like.rows(LIKES)})
        tallies = Counter({row["post"]: row["likes"] for row in self.like.rows(TALLIES)})
        comments: Counter[str] = Counter(dict(self.comment.rows(COMMENTS)))
        wrong = {
            "events unsent": sum(book.unsent() for book in books),
            "events not stored": len(set(ids) - set(stored)),
            "events stored twice": sum(times > 1 for times in stored.values()),
            "posts whose likes differ": sum(likes[id_] != n for id_, n, _ in shown),
            "posts whose comments differ": sum(comments[id_] != n for id_, _, n in shown),
            "tallies of likes that differ": sum(likes[id_] != tallies[id_] for id_ in likes),
        }
        return Verdict(len(ids), len(shown), {what: n for what, n in wrong.items() if n})
