"""Comments: owns comments and what it knows of posts and authors, publishes comment.*."""
