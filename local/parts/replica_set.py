"""Form the one-node replica set and its users; passwords come on standard input."""

import sys
import time
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

SET = "fanfold"
WITHIN_SECONDS = 45.0
NOT_YET_INITIATED = 94
UNAUTHORIZED = (13, 18)

Client = MongoClient[dict[str, Any]]


def main(port: int, root: str, user: str) -> None:
    host = f"127.0.0.1:{port}"
    # Without credentials the server lets localhost begin: form the set, make the first user.
    with _client(host) as anonymous:
        _initiate(anonymous, host)
        _await_primary(anonymous, host, root)
        _first_user(anonymous, root)
    with _client(host, root) as administrator:
        _keep_user(administrator.user, "user", user, "dbOwner")


def _client(host: str, root: str | None = None) -> Client:
    return MongoClient(
        host,
        directConnection=True,
        serverSelectionTimeoutMS=10_000,
        username=None if root is None else "root",
        password=root,
    )


def _initiate(client: Client, host: str) -> None:
    members = [{"_id": 0, "host": host}]
    try:
        client.admin.command("replSetInitiate", {"_id": SET, "members": members})
    except OperationFailure as error:
        # Already formed: the exception for localhost is over, the command not ours to give.
        if "already initialized" not in str(error) and error.code not in UNAUTHORIZED:
            raise


def _await_primary(client: Client, host: str, root: str) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    moved = False
    while True:
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return
        if not moved and "setName" not in hello:
            moved = _move(host, root)
        if time.monotonic() > end:
            raise SystemExit(f"no primary within {WITHIN_SECONDS:.0f} s; hello says {hello}")
        time.sleep(0.05)


def _move(host: str, root: str) -> bool:
    """Correct the set's only member, still known by its old address after a change of port."""
    try:
        with _client(host, root) as client:
            config = client.admin.command("replSetGetConfig")["config"]
            if config["members"][0]["host"] == host:
                return False
            config["members"][0]["host"] = host
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)
    except PyMongoError:
        return False
    return True


def _first_user(client: Client, password: str) -> None:
    try:
        client.admin.command("createUser", "root", pwd=password, roles=["root"])
    except OperationFailure as error:
        if error.code not in UNAUTHORIZED and "already exists" not in str(error):
            raise


def _keep_user(database: Database[dict[str, Any]], name: str, password: str, role: str) -> None:
    roles = [{"role": role, "db": database.name}]
    known = database.command("usersInfo", name)["users"]
    database.command("updateUser" if known else "createUser", name, pwd=password, roles=roles)


if __name__ == "__main__":
    first, second = sys.stdin.read().splitlines()
    main(int(sys.argv[1]), first, second)
