"""Likes: owns the tables likes and posts (as far as it knows them), and publishes like.*."""
