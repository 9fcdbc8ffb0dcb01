"""Stand-ins for Clerk and ImageKit: the calls Fanfold makes to them, answered on loopback."""
