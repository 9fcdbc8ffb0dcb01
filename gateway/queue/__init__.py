"""Asynchronous calls: accepted once RabbitMQ has them, made when the function has room."""
