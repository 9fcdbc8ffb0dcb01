"""Events: owns the log of everything that happened, and what could not be handled of it."""
