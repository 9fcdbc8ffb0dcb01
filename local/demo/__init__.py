"""The demo: members, stories, likes and comments, made once and only by public operations."""

from local.demo.seeding import seed, welcome

__all__ = ["seed", "welcome"]
