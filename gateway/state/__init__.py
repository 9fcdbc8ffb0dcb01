"""What survives a restart of the gateway, each on disk in one place."""
