"""What RabbitMQ holds for functions: queues, deliveries, acks, and whether it answers."""
