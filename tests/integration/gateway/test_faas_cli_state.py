"""Secrets and namespaces as faas-cli makes, changes, lists and removes them."""

import pytest

from tests.integration.gateway.faas import Ended, FaasCli

CREATED, UPDATED = "Created: 202 Accepted\n", "Updated: 202 Accepted\n"


@pytest.fixture
def space(faas: FaasCli) -> str:
    """A namespace with nothing in it, so that whole lists can be compared."""
    name = "state-space"
    faas("namespace", "create", name)
    for secret in faas("secret", "list", "-n", name).out.split()[1:]:
        faas("secret", "remove", secret, "-n", name)
    return name


def held(faas: FaasCli, space: str, name: str) -> str:
    """What a function reads of the secret."""
    flags = ("--name", "reader", "-n", space, "--secret", name, "--update=false")
    assert faas("deploy", "--image", "fanfold-tests/echo:1", *flags, "--replace").code == 0
    assert faas("ready", "reader", "-n", space).code == 0
    seen = faas.gateway.invoke(f"reader.{space}").json()["secrets"][name]
    assert faas("remove", "reader", "-n", space).code == 0
    return str(seen)


@pytest.mark.parametrize(
    ("flags", "given", "content"),
    [
        (["--from-literal", " literal "], "", "literal"),
        ([], "from stdin\n", "from stdin"),
        (["--from-file", "secret.txt"], "", None),
        (["--from-literal", " kept ", "--trim=false"], "", " kept "),
    ],
)
def test_secret_is_created_from(
    faas: FaasCli, space: str, flags: list[str], given: str, content: str | None
) -> None:
    faas.write("secret.txt", "of a file\n")
    ended = faas("secret", "create", "made", "-n", space, *flags, given=given)
    assert ended == Ended(0, f"Creating secret: made.{space}\n{CREATED}")
    # Of a file newer releases send the bytes as they are, older ones a trimmed text.
    assert held(faas, space, "made") in (
        {"of a file", "of a file\n"} if content is None else {content}
    )


def test_secret_that_exists_stays_as_it_is(faas: FaasCli, space: str) -> None:
    create = ("secret", "create", "twice", "-n", space, "--from-literal")
    assert faas(*create, "one").code == 0
    told = f'Creating secret: twice.{space}\nsecret with the name "twice" already exists\n'
    assert faas(*create, "two") == Ended(0, told)
    assert held(faas, space, "twice") == "one"


def test_secret_is_updated(faas: FaasCli, space: str) -> None:
    faas("secret", "create", "changed", "-n", space, "--from-literal", "one")
    ended = faas("secret", "update", "changed", "-n", space, "--from-literal", "two")
    assert ended == Ended(0, f"Updating secret: changed\n{UPDATED}")
    assert held(faas, space, "changed") == "two"
    ended = faas("secret", "update", "nothing", "-n", space, "--from-literal", "x")
    told = "Updating secret: nothing\nunable to find secret: nothing"
    assert ended == Ended(0, told)


def test_secrets_are_listed_by_namespace(faas: FaasCli, space: str) -> None:
    listing = ("secret", "list", "-n", space)
    assert faas(*listing) == Ended(0, "No secrets found.\n")
    for name in ("b.two", "a-one"):
        faas("secret", "create", name, "-n", space, "--from-literal", "x")
    assert faas(*listing) == Ended(0, "\nNAME\na-one\nb.two\n\n")
    ended = faas("secret", "list", "-n", "nowhere")
    assert ended.code == 1
    assert "400 - namespace must be one of" in ended.out


def test_secret_is_removed(faas: FaasCli, space: str) -> None:
    faas("secret", "create", "gone", "-n", space, "--from-literal", "x")
    assert faas("secret", "remove", "gone", "-n", space) == Ended(0, "Removed.. OK.\n")
    told = "Unable to find secret: gone\n"
    assert faas("secret", "remove", "gone", "-n", space) == Ended(1, told)


def test_secret_is_replaced(faas: FaasCli, space: str) -> None:
    create = ("secret", "create", "replaced", "-n", space, "--replace", "--from-literal")
    if "--replace" not in faas("secret", "create", "--help").out:
        pytest.skip("this release of faas-cli has no secret create --replace")
    assert faas(*create, "one").code == 0
    ended = faas(*create, "two")
    assert ended.out.endswith(UPDATED)
    assert held(faas, space, "replaced") == "two"


def test_secrets_of_a_folder_are_applied(faas: FaasCli, space: str) -> None:
    if not faas.knows("secret", "apply"):
        pytest.skip("this release of faas-cli has no secret apply")
    faas("secret", "create", "there", "-n", space, "--from-literal", "old")
    for name in ("there", "fresh"):
        faas.write(f".secrets/{name}", f"{name} now\n")
    ended = faas("secret", "apply", "-n", space)
    assert ended.code == 0
    assert faas("secret", "list", "-n", space).out == "\nNAME\nfresh\nthere\n\n"
    assert held(faas, space, "there").strip() == "there now"


def test_namespace_from_beginning_to_end(faas: FaasCli) -> None:
    marks = ("--label", "team=paper", "--annotation", "note=here")
    ended = faas("namespace", "create", "state-life", *marks)
    assert ended == Ended(0, "Creating Namespace: state-life\nNamespace Created: state-life\n")
    again = faas("namespace", "create", "state-life")
    assert again.code == 1
    assert "409" in again.out

    shown = faas("namespace", "get", "state-life")
    assert shown.code == 0
    assert shown.out.startswith("Name: state-life\nLabels:\n")
    assert " team: paper\n" in shown.out
    assert " note: here\n" in shown.out
    ended = faas("namespace", "update", "state-life", "--label", "team=ink")
    assert ended == Ended(0, "Updating Namespace: state-life\nNamespace Updated: state-life\n")
    assert " team: ink\n" in faas("namespace", "get", "state-life").out

    listed = faas("namespace", "list")
    assert listed.code == 0
    assert {" - openfaas-fn", " - state-life"} <= set(listed.out.splitlines())
    ended = faas("namespace", "remove", "state-life")
    assert ended == Ended(0, "Deleting Namespace: state-life\nNamespace Removed: state-life\n")
    ended = faas("namespace", "remove", "state-life")
    assert ended == Ended(1, "Deleting Namespace: state-life\nNamespace state-life not found\n")


def test_namespace_that_is_not_there(faas: FaasCli) -> None:
    told = "Namespace nowhere not found\n"
    assert faas("namespace", "get", "nowhere") == Ended(1, told)
    ended = faas("namespace", "update", "nowhere")
    assert ended == Ended(1, f"Updating Namespace: nowhere\n{told}")


def test_namespace_that_holds_something_stays(faas: FaasCli, space: str) -> None:
    faas("secret", "create", "kept", "-n", space, "--from-literal", "x")
    ended = faas("namespace", "remove", space)
    assert ended.code == 1
    assert f"namespace {space} must be empty, has secret kept" in ended.out
