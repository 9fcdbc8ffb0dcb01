"""What every function needs and no service owns."""
