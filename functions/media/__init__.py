"""Pictures: owns the files in ImageKit, whose tags are its outbox, and publishes media.*."""
