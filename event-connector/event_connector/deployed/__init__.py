"""What is deployed, and what it asks for by its annotations."""
