"""What members and administrators have Clerk do, and what they are told of its answers."""

from types import ModuleType
from typing import Any

import pytest

from functions.user import clerk
from functions.user.operations import create, delete, oauth_token, set_role, update
from shared.context import Caller
from shared.testing import Answer, admin, member, visitor
from tests.integration.user.backend import Backend, Planned, backend, says
from tests.integration.user.conftest import KEY, Members, ada, chief, clerks

ADA = member("user_ada")
MADE = says(200, {"id": "user_new", "object": "user"})
ASKING: dict[ModuleType, dict[str, Any]] = {
    create: {"json": {"email": "new@example.com"}, "by": admin()},
    update: {"json": {"first_name": "Ada"}, "by": ADA},
    delete: {"json": {"id": "user_ada"}, "by": ADA},
    set_role: {"json": {"id": "user_ada", "role": "admin"}, "by": admin()},
    oauth_token: {"query": {"provider": "github"}, "by": ADA},
}


def refusal(words: str) -> dict[str, Any]:
    return {"errors": [{"message": "no", "long_message": words, "code": "some_code"}]}


async def asked(
    members: Members, operation: ModuleType, planned: Planned = MADE, **more: Any
) -> tuple[Answer, Backend]:
    async with backend(plan=lambda _: planned) as there:
        answer = await members.ask(operation, there.url, **(ASKING[operation] | more))
    return answer, there


async def test_create_hands_on_what_it_was_told(members: Members) -> None:
    wish = {"email": "new@example.com", "username": "new", "first_name": "N", "role": "admin"}
    answer, there = await asked(members, create, json=wish)
    assert (answer.status, answer.json()) == (202, {"id": "user_new"})
    [request] = there.asked
    assert (request.method, request.path) == ("POST", "/v1/users")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "email_address": ["new@example.com"],
        "username": "new",
        "first_name": "N",
        "public_metadata": {"role": "admin"},
        "skip_password_requirement": True,
    }
    # The webhook alone writes the row.
    assert await members.stored("users") == []


@pytest.mark.parametrize(
    ("caller", "wish", "path", "body"),
    [
        (ADA, {"first_name": "A"}, "user_ada", {"first_name": "A"}),
        (ADA, {"id": "user_ada", "last_name": ""}, "user_ada", {"last_name": ""}),
        (admin(), {"id": "user_bo", "username": "bo"}, "user_bo", {"username": "bo"}),
    ],
)
async def test_update_hands_on_what_was_sent_and_nothing_else(
    members: Members, caller: Caller, wish: dict[str, str], path: str, body: dict[str, str]
) -> None:
    answer, there = await asked(members, update, json=wish, by=caller)
    assert (answer.status, answer.json()) == (202, {"id": path})
    [request] = there.asked
    assert (request.method, request.path) == ("PATCH", f"/v1/users/{path}")
    assert request.body == body


async def test_a_member_deletes_themself(members: Members) -> None:
    answer, there = await asked(members, delete)
    assert (answer.status, answer.json()) == (202, {"id": "user_ada"})
    assert [(one.method, one.path, one.body) for one in there.asked] == [
        ("DELETE", "/v1/users/user_ada", None)
    ]


@pytest.mark.parametrize(("role", "kept"), [("admin", "admin"), ("member", None)])
async def test_set_role_merges_metadata(members: Members, role: str, kept: str | None) -> None:
    answer, there = await asked(members, set_role, json={"id": "user_ada", "role": role})
    assert (answer.status, answer.json()) == (202, {"id": "user_ada"})
    [request] = there.asked
    assert (request.method, request.path) == ("PATCH", "/v1/users/user_ada/metadata")
    assert request.body == {"public_metadata": {"role": kept}}


async def test_oauth_token_is_the_members_own(
    members: Members, capfd: pytest.CaptureFixture[str]
) -> None:
    token = {"token": "gho_secret", "scopes": ["repo"], "provider": "oauth_github"}
    answer, there = await asked(members, oauth_token, says(200, [token]))
    assert (answer.status, answer.json()) == (
        200,
        {"token": "gho_secret", "scopes": ["repo"], "expires_at": None},
    )
    assert answer.headers["cache-control"] == "no-store"
    assert [one.path for one in there.asked] == [
        "/v1/users/user_ada/oauth_access_tokens/oauth_github"
    ]
    assert "call answered" in (said := capfd.readouterr().err)
    assert not any(secret in said for secret in ("gho_secret", KEY))


async def test_oauth_token_of_an_account_not_connected_is_not_found(members: Members) -> None:
    answer, _ = await asked(members, oauth_token, says(200, []))
    assert (answer.status, answer.json()["detail"]) == (
        404,
        "your account is not connected with github",
    )


WORDS = "That email address is taken. Please try another."


@pytest.mark.parametrize(
    ("planned", "status", "retry_after", "detail"),
    [
        (says(422, refusal(WORDS)), 400, None, f"Clerk refused: {WORDS}"),
        (says(400, refusal("No.")), 400, None, "Clerk refused: No."),
        (says(404, refusal("Gone.")), 404, None, "Clerk does not find it: Gone."),
        (says(409, refusal("Busy.")), 409, None, "Clerk refused: Busy."),
        (says(429, retry_after="7"), 503, "7", "Clerk takes no more calls for now"),
        (says(429, retry_after="soon"), 503, "5", "Clerk takes no more calls for now"),
        (says(500, "oops"), 503, "5", "Clerk cannot answer for now: 500"),
        (says(302, location="/"), 503, "5", "Clerk cannot answer for now: 302"),
        (
            says(401, refusal("The key.")),
            503,
            "60",
            "Clerk does not let this installation do it: The key.",
        ),
        (says(200, "what"), 503, "1", "Clerk answered with something else than was asked"),
    ],
)
async def test_refusals_of_clerk_become_ours(
    members: Members,
    planned: Planned,
    status: int,
    retry_after: str | None,
    detail: str,
) -> None:
    for operation in ASKING:
        answer, _ = await asked(members, operation, planned)
        assert (answer.status, answer.headers.get("retry-after")) == (status, retry_after)
        assert answer.json()["detail"] == detail


async def test_clerk_that_says_nothing_is_not_waited_for(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "SECONDS", 0.1)
    async with backend(silent=True) as there:
        answer = await members.ask(create, there.url, **ASKING[create])
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "Clerk does not answer: no answer within 0.1 s"
    away = await members.ask(create, "http://127.0.0.1:9", **ASKING[create])
    assert away.json()["detail"] == "Clerk does not answer: ConnectionRefusedError"


@pytest.mark.parametrize(
    ("operation", "change", "status"),
    [
        (create, {"by": visitor()}, 401),
        (create, {"by": ADA}, 403),
        (create, {"json": {"email": "nowhere"}}, 400),
        (create, {"json": {}}, 400),
        (create, {"json": {"email": "a@b.c", "role": "god"}}, 400),
        (create, {"json": {"email": "a@b.c", "password": "x"}}, 400),
        (update, {"by": visitor()}, 401),
        (update, {"json": {"id": "user_bo", "first_name": "B"}}, 403),
        (update, {"json": {}}, 400),
        (update, {"json": {"id": "../v1", "first_name": "B"}}, 400),
        (update, {"json": {"username": ""}}, 400),
        (delete, {"by": visitor()}, 401),
        (delete, {"json": {"id": "user_bo"}}, 403),
        (delete, {"json": {}}, 400),
        (delete, {"json": {"id": "a/b"}}, 400),
        (set_role, {"by": visitor()}, 401),
        (set_role, {"by": ADA}, 403),
        (set_role, {"json": {"id": "user_ada"}}, 400),
        (set_role, {"json": {"id": "user_ada", "role": "chief"}}, 400),
        (oauth_token, {"by": visitor()}, 401),
        (oauth_token, {"query": {}}, 400),
        (oauth_token, {"query": {"provider": "git/hub"}}, 400),
    ],
)
async def test_what_is_refused_here_never_reaches_clerk(
    members: Members, operation: ModuleType, change: dict[str, Any], status: int
) -> None:
    answer, there = await asked(members, operation, **change)
    assert (answer.status, there.asked) == (status, [])


@pytest.mark.parametrize("operation", [delete, set_role], ids=["delete", "set_role"])
@pytest.mark.parametrize(
    ("others", "admins", "status"),
    [
        ([], "", 409),
        ([clerks("bo")], "", 409),
        ([chief("bo")], "", 202),
        ([clerks("bo")], "user_bo", 202),
        ([], "user_unheard_of", 409),
    ],
    ids=["alone", "a-member", "another", "one-of-the-settings", "one-who-is-no-member"],
)
async def test_the_last_administrator_stays(
    members: Members,
    operation: ModuleType,
    others: list[dict[str, Any]],
    admins: str,
    status: int,
) -> None:
    for user in (chief("ada"), *others):
        await members.deliver("user.created", user)
    wish = {"id": "user_ada"} | ({"role": "member"} if operation is set_role else {})
    answer, there = await asked(
        members, operation, json=wish, by=admin("user_ada"), admins=admins
    )
    assert (answer.status, len(there.asked)) == (status, int(status == 202))
    if status == 409:
        assert answer.json()["detail"] == (
            "user_ada is the last administrator: appoint another first"
        )


async def test_who_is_named_in_the_settings_stays_one_without_the_role(
    members: Members,
) -> None:
    await members.deliver("user.created", chief("ada"))
    wish = {"id": "user_ada", "role": "member"}
    answer, _ = await asked(members, set_role, json=wish, admins="user_ada")
    assert answer.status == 202


async def test_a_member_may_go_whoever_administrates(members: Members) -> None:
    await members.deliver("user.created", ada())
    assert (await asked(members, delete))[0].status == 202
