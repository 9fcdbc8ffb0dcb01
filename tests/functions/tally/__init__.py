"""What the services of the fault trials share: one service for each kind of database."""
