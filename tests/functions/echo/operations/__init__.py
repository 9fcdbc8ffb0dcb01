"""What the tests of the gateway invoke."""
