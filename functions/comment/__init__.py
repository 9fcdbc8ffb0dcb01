"""Comments: owns the tables comments and posts (as far as known), and publishes comment.*."""
