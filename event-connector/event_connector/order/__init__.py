"""Events of one key in order: a lane for each, which outlives its connector."""
