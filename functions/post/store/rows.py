"""Rows of posts and authors to entities, and back."""

import re
from typing import Any

from functions.post.model import Author, Finding, Headline, Post, Profile, Status
from shared.databases.postgres import Row

HEADLINE = """id, slug, title, summary, cover, category, tags, featured, author_id, author_name,
    author_avatar, revision, created_at, updated_at, published_at, visits, likes, comments"""
POST = f"{HEADLINE}, content"

# What Markdown adds to the words of an excerpt, which is a piece cut out of a text.
_LINK = re.compile(r"!?\[(?=[^]]*\]\()|\]\([^)]*\)?")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+)", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\S)[*_`~]+(?=\S)|(?<=\S)[*_`~]+(?!\w)|[*`~]{2,}")


def headline_of(row: Row) -> Headline:
    return Headline(**_fields(row))


def finding_of(row: Row) -> Finding:
    return Finding(**_fields(row), excerpt=_plain(row["excerpt"]))


def post_of(row: Row) -> Post:
    return Post(**_fields(row), content=row["content"])


def profile_of(row: Row) -> Profile:
    return Profile(**row)


def profile_values(profile: Profile) -> tuple[object, ...]:
    return profile.id, profile.name, profile.avatar, profile.revision, profile.deleted


def writing_values(post: Post) -> tuple[object, ...]:
    """Give what a post's author decides, in the order of the statements."""
    return post.title, post.summary, post.content, post.cover, post.category, post.tags


def _plain(excerpt: str) -> str:
    return _EMPHASIS.sub("", _LINE_START.sub("", _LINK.sub("", excerpt)))


def _fields(row: Row) -> dict[str, Any]:
    published_at = row["published_at"]
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "title": row["title"],
        "summary": row["summary"],
        "cover": row["cover"],
        "category": row["category"],
        "tags": tuple(row["tags"]),
        "status": Status.PUBLISHED if published_at else Status.DRAFT,
        "featured": row["featured"],
        "visits": row["visits"],
        "author": Author(row["author_id"], row["author_name"], row["author_avatar"]),
        "likes": row["likes"],
        "comments": row["comments"],
        "revision": row["revision"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "published_at": published_at,
    }
