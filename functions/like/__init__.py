"""Likes: owns likes and what it knows of posts and members, and publishes like.*."""
