"""The processes of functions: how they start, live, are replaced and end."""
