"""The peer's function: the least that Flask on waitress serves, so a fast peer."""

import sys

import waitress
from flask import Flask

app = Flask(__name__)


@app.route("/")
def call() -> dict[str, str]:
    return {"hello": "world"}


if __name__ == "__main__":
    waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
