import base64

import pytest
import yaml

from local import ports
from local.environment import as_yaml, clerk_host, function_environment
from local.trouble import Trouble

PORTS = ports.fixed({})
KEY = "pk_test_" + base64.b64encode(b"calm-otter-7.clerk.accounts.dev$").decode()


def test_function_environment_names_the_stand_ins() -> None:
    environment = function_environment(PORTS, {}, "/home/secrets")

    assert environment == {
        "LOG_LEVEL": "info",
        "GATEWAY_URL": "http://127.0.0.1:8080",
        "CLERK_AUTHORIZED_PARTIES": "http://127.0.0.1:8080,http://localhost:8080",
        "FANFOLD_ADMINS": "",
        "SUBSCRIPTION_HOSTS": "",
        "secret_mount_path": "/home/secrets",
        "S3_ENDPOINT": "http://127.0.0.1:18108",
        "S3_BUCKET": "fanfold-events",
        "S3_REGION": "us-east-1",
        "ARCHIVE_AFTER_DAYS": "90",
        "CLERK_ISSUER": "http://127.0.0.1:18110/clerk",
        "CLERK_JWKS_URL": "http://127.0.0.1:18110/clerk/.well-known/jwks.json",
        "CLERK_API_URL": "http://127.0.0.1:18110/clerk",
        "CLERK_PUBLISHABLE_KEY": "",
        "CLERK_STANDIN_URL": "http://127.0.0.1:18110/clerk",
        "IMAGEKIT_API_URL": "http://127.0.0.1:18110/imagekit",
        "IMAGEKIT_UPLOAD_URL": "/function/site/imagekit/api/v2/files/upload",
        "IMAGEKIT_URL_ENDPOINT": "/function/site/imagekit/files",
        "IMAGEKIT_PUBLIC_KEY": "public_local",
        "IMAGEKIT_STANDIN_URL": "http://127.0.0.1:18110/imagekit",
    }


def test_function_environment_with_clerk_keys_trusts_clerk_alone() -> None:
    given = {
        "CLERK_SECRET_KEY": "sk_test_1",
        "CLERK_PUBLISHABLE_KEY": KEY,
        "SVIX_SECRET": "whsec_c2VjcmV0",
        "PUBLIC_URL": "https://fan.example/",
    }

    environment = function_environment(PORTS, given, "")

    assert environment["CLERK_STANDIN_URL"] == ""
    assert environment["CLERK_ISSUER"] == "https://calm-otter-7.clerk.accounts.dev"
    assert environment["CLERK_AUTHORIZED_PARTIES"].endswith(",https://fan.example")
    assert environment["IMAGEKIT_STANDIN_URL"] != ""


def test_function_environment_names_every_key_that_is_missing() -> None:
    with pytest.raises(Trouble) as raised:
        function_environment(PORTS, {"CLERK_SECRET_KEY": "sk_test_1"}, "")

    assert raised.value.what == (
        "CLERK_SECRET_KEY is set, and CLERK_PUBLISHABLE_KEY, SVIX_SECRET must be set with it"
    )


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (
            {"CLERK_SECRET_KEY": KEY, "CLERK_PUBLISHABLE_KEY": "sk_test_1"},
            "CLERK_SECRET_KEY must begin with sk_, got pk_test_…",
        ),
        (
            {"CLERK_PUBLISHABLE_KEY": "sk_test_1"},
            "CLERK_PUBLISHABLE_KEY must begin with pk_, got sk_test_…",
        ),
        ({"SVIX_SECRET": "secret"}, "SVIX_SECRET must begin with whsec_, got secret…"),
        ({"SVIX_SECRET": "whsec_1"}, "SVIX_SECRET must be base64 after whsec_, and is not"),
    ],
)
def test_function_environment_refuses_a_key_in_the_place_of_another(
    given: dict[str, str], what: str
) -> None:
    keys = {
        "CLERK_SECRET_KEY": "sk_test_1",
        "CLERK_PUBLISHABLE_KEY": KEY,
        "SVIX_SECRET": "whsec_c2VjcmV0",
    }

    with pytest.raises(Trouble) as raised:
        function_environment(PORTS, keys | given, "")

    assert raised.value.what == what


def test_function_environment_refuses_half_of_imagekit() -> None:
    with pytest.raises(Trouble) as raised:
        function_environment(PORTS, {"IMAGEKIT_PUBLIC_KEY": "public_1"}, "")

    assert raised.value.what == (
        "IMAGEKIT_PUBLIC_KEY is set, and IMAGEKIT_PRIVATE_KEY, IMAGEKIT_URL_ENDPOINT "
        "must be set with it"
    )


@pytest.mark.parametrize("key", ["", "pk_test_", "pk_test_!!!!", "pk_live_bm9ob3N0"])
def test_clerk_host_refuses_a_key_that_names_no_host(key: str) -> None:
    with pytest.raises(Trouble, match="does not name a Clerk instance"):
        clerk_host(key)


def test_as_yaml_survives_any_value() -> None:
    values = {"A": 'say "yes": no # maybe', "B": "", "C": "ümlaut\n"}

    assert yaml.safe_load(as_yaml(values)) == {"environment": values}


def test_function_environment_takes_s3_by_its_keys() -> None:
    given = {
        "S3_ENDPOINT": "https://s3.eu-central-1.amazonaws.com",
        "S3_REGION": "eu-central-1",
    }
    with pytest.raises(Trouble) as raised:
        function_environment(PORTS, given, "")
    assert "S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY must be set" in raised.value.what

    keys = {"S3_ACCESS_KEY_ID": "AKID", "S3_SECRET_ACCESS_KEY": "secret"}
    environment = function_environment(PORTS, given | keys, "")
    assert environment["S3_ENDPOINT"] == given["S3_ENDPOINT"]
    assert (environment["S3_BUCKET"], environment["S3_REGION"]) == (
        "fanfold-events",
        "eu-central-1",
    )
    assert "secret" not in environment.values()
