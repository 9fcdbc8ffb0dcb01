"""Rows of posts and authors to entities, and back."""

from typing import Any

from functions.post.model import Author, Headline, Post, Profile
from shared.databases.postgres import Row


def post_of(row: Row) -> Post:
    return Post(**_fields(row), content=row["content"])


def headline_of(row: Row) -> Headline:
    return Headline(**_fields(row))


def profile_of(row: Row) -> Profile:
    return Profile(**row)


def profile_values(profile: Profile) -> tuple[object, ...]:
    return profile.id, profile.name, profile.avatar, profile.revision, profile.deleted


def post_values(post: Post, slug: str, author: Profile) -> tuple[object, ...]:
    content = (post.title, post.summary, post.content, post.cover, post.category, post.tags)
    signature = (author.id, author.name, author.avatar, author.revision)
    return post.id, slug, *content, *signature, post.revision, post.created_at


def _fields(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "title": row["title"],
        "summary": row["summary"],
        "cover": row["cover"],
        "category": row["category"],
        "tags": tuple(row["tags"]),
        "featured": row["featured"],
        "visits": row["visits"],
        "author": Author(row["author_id"], row["author_name"], row["author_avatar"]),
        "likes": max(row["likes"], 0),
        "comments": max(row["comments"], 0),
        "revision": row["revision"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
