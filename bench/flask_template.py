"""The peer's function in the shape of OpenFaaS's python3-flask template.

The template calls `handle(event, context)` from a Flask route for any path and verb, and makes
Flask's answer of the reply's status, headers and body; waitress serves it.
"""

import os
import sys
from typing import Any

import waitress
from flask import Flask, Response, jsonify, make_response, request

app = Flask(__name__)


class Event:
    """What was asked, as a handler of the template sees it."""

    def __init__(self) -> None:
        self.body = request.get_data()
        self.headers = request.headers
        self.method = request.method
        self.query = request.args
        self.path = request.path


class Context:
    def __init__(self) -> None:
        self.hostname = os.environ.get("HOSTNAME", "localhost")  # noqa: TID251 - read at each call, as there


def handle(_event: Event, _context: Context) -> dict[str, Any]:
    """Be the function: the same answer as the trivial one of ours."""
    return {"statusCode": 200, "body": {"hello": "world"}}


def formatted(reply: Any) -> Response:  # noqa: ANN401 - whatever a handler gives
    """Make Flask's answer of what a handler gave."""
    if reply is None:
        return make_response("", 200)
    if not isinstance(reply, dict):
        return make_response(reply)
    body = reply.get("body", "")
    answer = jsonify(body) if isinstance(body, dict) else make_response(body)
    answer.status_code = reply.get("statusCode", 200)
    answer.headers.extend(reply.get("headers", {}))
    return answer


@app.route("/", defaults={"path": ""}, methods=["GET", "PUT", "POST", "PATCH", "DELETE"])
@app.route("/<path:path>", methods=["GET", "PUT", "POST", "PATCH", "DELETE"])
def call(path: str) -> Response:  # noqa: ARG001 - the route must name it
    return formatted(handle(Event(), Context()))


if __name__ == "__main__":
    waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]))
