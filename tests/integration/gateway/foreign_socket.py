"""A WebSocket server as somebody else would write it: it says back what it hears."""

import os

from websockets.sync.server import ServerConnection, serve


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


if __name__ == "__main__":
    with serve(echo, "127.0.0.1", int(os.environ["PORT"])) as server:
        server.serve_forever()
