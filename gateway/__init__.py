"""The OpenFaaS REST API over forked Python processes, for a machine without containers."""
