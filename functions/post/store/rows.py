"""Rows of posts and authors to entities, and back."""

from typing import Any

from functions.post.model import Author, Finding, Headline, Post, Profile, Status
from shared.databases.postgres import Row

HEADLINE = """id, slug, title, summary, cover, category, tags, featured, author_id, author_name,
    author_avatar, revision, created_at, updated_at, published_at, visits, likes, comments"""
POST = f"{HEADLINE}, content"


def headline_of(row: Row) -> Headline:
    return Headline(**_fields(row))


def finding_of(row: Row) -> Finding:
    return Finding(**_fields(row), excerpt=row["excerpt"])


def post_of(row: Row) -> Post:
    return Post(**_fields(row), content=row["content"])


def profile_of(row: Row) -> Profile:
    return Profile(**row)


def profile_values(profile: Profile) -> tuple[object, ...]:
    return profile.id, profile.name, profile.avatar, profile.revision, profile.deleted


def writing_values(post: Post) -> tuple[object, ...]:
    """Give what a post's author decides, in the order of the statements."""
    return post.title, post.summary, post.content, post.cover, post.category, post.tags


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
