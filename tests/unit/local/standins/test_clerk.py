"""The stand-in of Clerk over HTTP."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from jwt.types import Options

from local.standins.app import Standins
from local.standins.sessions import SigningKey
from tests.unit.local.standins.conftest import SECRET_KEY, Clock

KEY = {"Authorization": f"Bearer {SECRET_KEY}"}


def deliveries(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/clerk/demo/deliveries").get_json()
    return found


def owed(standins: Standins) -> list[dict[str, Any]]:
    """Give the bodies of all webhooks, the oldest first."""
    registry = standins.postmen[0].registry
    return [json.loads(delivery.body) for delivery in registry.deliveries()][::-1]


def test_members_are_four_and_one_is_an_administrator(client: FlaskClient) -> None:
    members = client.get("/clerk/demo/members").get_json()
    assert [member["role"] for member in members] == ["admin", "member", "member", "member"]
    assert members[1] == {
        "id": "user_demoPaperKite",
        "name": "Paper Kite",
        "avatar": "/files/avatars/paper-kite.png",
        "role": "member",
    }


def test_token_verifies_against_the_published_key(client: FlaskClient, clock: Clock) -> None:
    answer = client.post("/clerk/demo/token", json={"id": "user_demoNightEditor"}).get_json()
    [key] = client.get("/clerk/.well-known/jwks.json").get_json()["keys"]
    token = answer["token"]
    assert jwt.get_unverified_header(token) == {
        "alg": "RS256",
        "kid": key["kid"],
        "typ": "JWT",
    }
    unchecked = Options(verify_exp=False, verify_nbf=False, verify_iat=False)
    claims = jwt.decode(
        token, jwt.PyJWK(key), ["RS256"], issuer="http://clerk.test", options=unchecked
    )
    assert claims.pop("sid").startswith("sess_")
    assert claims == {
        "azp": "http://127.0.0.1:9",
        "exp": clock.now + 60,
        "iat": clock.now,
        "nbf": clock.now - 10,
        "iss": "http://clerk.test",
        "sub": "user_demoNightEditor",
        "v": 2,
        "fva": [0, -1],
        "sts": "active",
        "role": "admin",
    }
    assert answer["expires_at"] == "2027-01-15T08:01:00Z"


def test_token_of_a_stranger_is_refused(client: FlaskClient) -> None:
    answer = client.post("/clerk/demo/token", json={"id": "user_nobody"})
    assert answer.status_code == 404
    assert client.post("/clerk/demo/token", data="no json").status_code == 422


def test_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = SigningKey.load(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(path).jwks() == made.jwks()


def test_announce_owes_a_webhook_for_each_demo_member(
    standins: Standins, client: FlaskClient, clock: Clock
) -> None:
    answer = client.post("/clerk/demo/announce")
    assert answer.status_code == 202
    bodies = owed(standins)
    assert [body["data"]["username"] for body in bodies] == [
        "night-editor",
        "paper-kite",
        "slow-tide",
        "field-notes",
    ]
    assert {body["type"] for body in bodies} == {"user.created"}
    assert bodies[0]["timestamp"] == clock.now * 1000
    assert answer.get_json() == {"announced": [d["id"] for d in deliveries(client)][::-1]}


def test_backend_creates_changes_and_deletes_a_user_and_announces_each(
    standins: Standins, client: FlaskClient
) -> None:
    wish = {"username": "margin", "first_name": "Margin", "email_address": ["m@example.com"]}
    made = client.post("/clerk/v1/users", json=wish, headers=KEY).get_json()
    assert made["email_addresses"][0]["email_address"] == "m@example.com"
    assert made["primary_email_address_id"] == made["email_addresses"][0]["id"]
    url = f"/clerk/v1/users/{made['id']}"
    assert client.get(url, headers=KEY).get_json() == made

    changed = client.patch(
        url, json={"public_metadata": {"role": "admin"}}, headers=KEY
    ).get_json()
    assert changed == made | {
        "public_metadata": {"role": "admin"},
        # In the same millisecond, and still newer.
        "updated_at": made["updated_at"] + 1,
    }

    gone = client.delete(url, headers=KEY).get_json()
    assert gone == {"id": made["id"], "object": "user", "deleted": True, "external_id": None}
    assert client.get(url, headers=KEY).status_code == 404
    assert [(body["type"], body["data"]) for body in owed(standins)] == [
        ("user.created", made),
        ("user.updated", changed),
        ("user.deleted", gone),
    ]


def test_backend_lists_the_newest_first(client: FlaskClient) -> None:
    users = client.get("/clerk/v1/users?limit=2&offset=1", headers=KEY).get_json()
    assert [user["username"] for user in users] == ["slow-tide", "paper-kite"]


def usernames(client: FlaskClient, query: str) -> list[str]:
    users = client.get(f"/clerk/v1/users?{query}", headers=KEY).get_json()
    return [user["username"] for user in users]


def test_backend_walks_from_the_first_on(client: FlaskClient, clock: Clock) -> None:
    clock.now += 1
    client.post("/clerk/v1/users", json={"username": "late"}, headers=KEY)
    after = int(clock.now * 1000)
    assert usernames(client, "order_by=%2Bcreated_at&limit=2&offset=3") == [
        "field-notes",
        "late",
    ]
    assert usernames(client, f"order_by=%2Bcreated_at&created_at_after={after - 1}") == ["late"]
    assert usernames(client, f"created_at_after={after}") == []
    assert client.get("/clerk/v1/users?order_by=mood", headers=KEY).status_code == 422


def test_backend_lists_those_asked_for(client: FlaskClient) -> None:
    ids = "user_id=user_demoSlowTide&user_id=user_nobody&user_id=user_demoPaperKite"
    assert usernames(client, ids) == ["slow-tide", "paper-kite"]


def test_backend_merges_metadata_and_announces_it(
    standins: Standins, client: FlaskClient
) -> None:
    url = "/clerk/v1/users/user_demoSlowTide/metadata"
    steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"role": "admin", "likes": {"tea": 1}}, {"role": "admin", "likes": {"tea": 1}}),
        ({"likes": {"ink": 2}}, {"role": "admin", "likes": {"tea": 1, "ink": 2}}),
        ({"role": None, "likes": {"tea": None}}, {"likes": {"ink": 2}}),
    ]
    for wish, after in steps:
        made = client.patch(url, json={"public_metadata": wish}, headers=KEY).get_json()
        assert made["public_metadata"] == after
    assert [body["data"]["public_metadata"] for body in owed(standins)] == [
        after for _, after in steps
    ]


def test_backend_gives_the_tokens_of_a_connected_account(client: FlaskClient) -> None:
    url = "/clerk/v1/users/user_demoPaperKite/oauth_access_tokens"
    [token] = client.get(f"{url}/oauth_github", headers=KEY).get_json()
    assert token.pop("token").startswith("standin_")
    assert token == {
        "object": "oauth_access_token",
        "external_account_id": "eac_user_demoPaperKite",
        "provider": "oauth_github",
        "public_metadata": {},
        "label": None,
        "scopes": ["read:user", "user:email"],
    }
    assert client.get(f"{url}/oauth_google", headers=KEY).get_json() == []
    assert client.get(f"{url}/oauth_github").status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer sk_test_other"}])
def test_backend_asks_for_the_secret_key(client: FlaskClient, header: dict[str, str]) -> None:
    answer = client.get("/clerk/v1/users", headers=header)
    assert answer.status_code == 401
    assert answer.get_json()["errors"][0]["code"] == "authentication_invalid"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"username": "paper-kite"}, "form_identifier_exists"),
        ({"username": "no spaces"}, "form_username_invalid_character"),
        ({"public_metadata": "admin"}, "form_param_format_invalid"),
        ({"email_address": ["Paper-Kite@example.com"]}, "form_identifier_exists"),
        ({"email_address": ["nowhere"]}, "form_param_format_invalid"),
    ],
)
def test_backend_refuses_what_clerk_refuses(
    client: FlaskClient, wish: dict[str, Any], code: str
) -> None:
    answer = client.post("/clerk/v1/users", json=wish, headers=KEY)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["code"] == code
    assert deliveries(client) == []
