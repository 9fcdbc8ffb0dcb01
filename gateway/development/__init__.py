"""While code is being written: know which functions a file reaches, and renew those."""
