"""Members: owns the collection users, which only Clerk changes, and publishes user.*."""
