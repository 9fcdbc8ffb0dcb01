"""Clerk, as far as Fanfold calls it: keys, demo sign-in and the Backend API of users."""

import hmac
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from local.standins import members
from local.standins.registry import Registry, User
from local.standins.sessions import LIFETIME, SigningKey
from local.standins.settings import ClerkSettings
from local.standins.webhooks import Postman, announcement

Answer = Response | tuple[Response, int]


class Unknown(Exception):
    """No user has this id."""


class Clerk:
    """One instance of Clerk: its users, its key and its post."""

    def __init__(
        self,
        settings: ClerkSettings,
        folder: Path,
        registry: Registry,
        postman: Postman,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.postman = postman
        self.clock = clock
        self.key = SigningKey.load(folder / "clerk-signing-key.pem")
        self._seed()

    def _seed(self) -> None:
        """Make the demo's members once; `announce` tells the world about them."""
        if not self.registry.users():
            self.registry.seed(members.demo_users(self.settings.avatars, self._now()))

    def _now(self) -> int:
        return int(self.clock() * 1000)

    def create(self, wish: dict[str, Any]) -> User:
        self._refuse_taken(wish, but_of="")
        user = members.new_user(wish, self._now(), self.settings.avatars)
        self.registry.keep(user, announcement("user.created", user, now=self.clock()))
        self.postman.wake()
        return user

    def update(self, user: User, wish: dict[str, Any]) -> User:
        self._refuse_taken(wish, but_of=user["id"])
        user = members.changed(user, wish, self._now())
        self.registry.keep(user, announcement("user.updated", user, now=self.clock()))
        self.postman.wake()
        return user

    def merge(self, user: User, wish: dict[str, Any]) -> User:
        """Merge into each metadata what was sent of it, and take away what was sent as null."""
        return self.update(user, members.merged(user, wish))

    def delete(self, user: User) -> User:
        gone = members.deleted(user)
        owed = announcement("user.deleted", gone, now=self.clock())
        self.registry.remove(user["id"], owed)
        self.postman.wake()
        return gone

    def announce(self) -> list[str]:
        now = self.clock()
        demo = {user_id for user_id, *_ in members.DEMO}
        owed = [
            announcement("user.created", user, now=now)
            for user in self.registry.users()
            if user["id"] in demo
        ]
        self.registry.owe(owed)
        self.postman.wake()
        return [delivery.id for delivery in owed]

    def sign_in(self, user: User, party: str) -> dict[str, str]:
        now = int(self.clock())
        token = self.key.session_token(user, issuer=self.settings.issuer, party=party, now=now)
        expires_at = datetime.fromtimestamp(now + LIFETIME, UTC).isoformat()
        return {"token": token, "expires_at": expires_at.replace("+00:00", "Z")}

    def _refuse_taken(self, wish: dict[str, Any], *, but_of: str) -> None:
        others = [user for user in self.registry.users() if user["id"] != but_of]
        username = wish.get("username")
        if username and any(user["username"] == username for user in others):
            raise members.Refused(
                "form_identifier_exists", f"username {username} is taken", "username"
            )
        taken = {address for user in others for address in members.addresses(user)}
        for address in wish.get("email_address", []):
            if address.lower() in taken:
                raise members.Refused(
                    "form_identifier_exists", f"{address} is taken", "email_address"
                )


def blueprint(clerk: Clerk) -> Blueprint:
    routes = Blueprint("clerk", __name__, url_prefix="/clerk")
    desk = Desk(clerk)
    rules: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
        ("GET", "/.well-known/jwks.json", desk.jwks),
        ("GET", "/demo/members", desk.members),
        ("POST", "/demo/token", desk.token),
        ("POST", "/demo/announce", desk.announce),
        ("GET", "/demo/deliveries", desk.deliveries),
        ("GET", "/v1/users", desk.list_users),
        ("POST", "/v1/users", desk.create_user),
        ("GET", "/v1/users/<user_id>", desk.get_user),
        ("PATCH", "/v1/users/<user_id>", desk.update_user),
        ("DELETE", "/v1/users/<user_id>", desk.delete_user),
        ("PATCH", "/v1/users/<user_id>/metadata", desk.merge_metadata),
        ("GET", "/v1/users/<user_id>/oauth_access_tokens/<provider>", desk.tokens),
    )
    for method, rule, view in rules:
        routes.add_url_rule(rule, view_func=view, methods=[method])
    routes.before_request(desk.authenticate)
    routes.register_error_handler(Unknown, _unknown)
    routes.register_error_handler(members.Refused, _refused)
    return routes


class Desk:
    """What is asked over HTTP, one method per call."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk = clerk

    def authenticate(self) -> Answer | None:
        """Ask for the secret key before the Backend API; the rest is public."""
        if not request.path.startswith("/clerk/v1/"):
            return None
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(sent.encode(), self.clerk.settings.secret_key.encode()):
            return None
        return _problem(401, "authentication_invalid", "the secret key is not this instance's")

    def jwks(self) -> Answer:
        return jsonify(self.clerk.key.jwks())

    def members(self) -> Answer:
        return jsonify([members.profile(user) for user in self.clerk.registry.users()])

    def token(self) -> Answer:
        wish = _body()
        user = self._known(str(wish.get("id", "")))
        # Clerk takes the party from the page's origin; ours is the one the site is served from.
        party = str(wish.get("azp") or self.clerk.settings.gateway_url)
        return jsonify(self.clerk.sign_in(user, party))

    def announce(self) -> Answer:
        return jsonify({"announced": self.clerk.announce()}), 202

    def deliveries(self) -> Answer:
        shown = []
        for delivery in self.clerk.registry.deliveries():
            fields = asdict(delivery)
            del fields["body"]
            shown.append(fields)
        return jsonify(shown)

    def list_users(self) -> Answer:
        asked = request.args
        limit = min(max(asked.get("limit", 10, int), 1), 500)
        offset = max(asked.get("offset", 0, int), 0)
        found = members.listed(
            self.clerk.registry.users(),
            ids=asked.getlist("user_id"),
            made_after=asked.get("created_at_after", 0, int),
            order=asked.get("order_by", "-created_at"),
        )
        return jsonify(found[offset : offset + limit])

    def create_user(self) -> Answer:
        return jsonify(self.clerk.create(_body()))

    def get_user(self, user_id: str) -> Answer:
        return jsonify(self._known(user_id))

    def update_user(self, user_id: str) -> Answer:
        return jsonify(self.clerk.update(self._known(user_id), _body()))

    def delete_user(self, user_id: str) -> Answer:
        return jsonify(self.clerk.delete(self._known(user_id)))

    def merge_metadata(self, user_id: str) -> Answer:
        return jsonify(self.clerk.merge(self._known(user_id), _body()))

    def tokens(self, user_id: str, provider: str) -> Answer:
        return jsonify(members.tokens(self._known(user_id), provider))

    def _known(self, user_id: str) -> User:
        user = self.clerk.registry.user(user_id)
        if user is None:
            raise Unknown(user_id)
        return user


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise members.Refused("request_body_invalid", "the body must be a JSON object", "body")
    return body


def _unknown(error: Unknown) -> Answer:
    return _problem(404, "resource_not_found", f"no user has the id {str(error) or '(none)'}")


def _refused(error: members.Refused) -> Answer:
    return _problem(422, error.code, str(error), error.parameter)


def _problem(status: int, code: str, message: str, parameter: str = "") -> Answer:
    meta = {"param_name": parameter} if parameter else {}
    error = {"message": message, "long_message": message, "code": code, "meta": meta}
    return jsonify({"errors": [error]}), status
