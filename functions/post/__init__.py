"""Posts: owns the tables posts and authors, and publishes post.*."""
