"""HTTP/1.1 towards clients: connections, requests, heads and answers."""
