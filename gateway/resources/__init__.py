"""What functions use of the machine, how much of it each may have, and who gets more."""
