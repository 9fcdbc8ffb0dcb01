"""Calls of functions through the gateway: how they are made, let through and understood."""
