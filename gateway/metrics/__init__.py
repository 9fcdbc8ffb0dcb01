"""What the gateway knows of itself in numbers, and the page that Prometheus reads."""
