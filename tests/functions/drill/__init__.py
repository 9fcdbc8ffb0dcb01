"""A service of the fault trials: notes in PostgreSQL what reached it, when, in which order."""
