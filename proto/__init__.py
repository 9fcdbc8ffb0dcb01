"""The contract between the services: event schemas, and the code that `make proto` writes."""
