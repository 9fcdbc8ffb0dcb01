"""The contract between the services: event schemas and the code generated from them by `make proto`."""
