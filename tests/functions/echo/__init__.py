"""A service of the gateway's tests: it has no store and says what it was told."""
