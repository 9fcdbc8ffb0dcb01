"""The gateway's settings, and the images of functions."""

from pathlib import Path

import pytest

from gateway import images
from gateway.images import Code
from gateway.settings import CHECKOUT, Settings
from gateway.wire import Malformed
from shared.errors import ConfigurationError


@pytest.fixture
def auth(tmp_path: Path) -> Path:
    (tmp_path / "basic-auth-user").write_text("admin\n")
    (tmp_path / "basic-auth-password").write_text(" secret\n")
    return tmp_path


def test_settings_are_read_from_the_environment(auth: Path) -> None:
    environ = {
        "GATEWAY_HOST": "0.0.0.0",
        "GATEWAY_PORT": "9",
        "GATEWAY_DATA": "/d",
        "GATEWAY_RUN": "/r",
        "GATEWAY_IMAGES": f"a={auth},b={CHECKOUT}",
        "GATEWAY_SECRETS": str(auth),
        "GATEWAY_RUNTIME": "x.y",
        "GATEWAY_TIMEOUT": "2m",
        "LOG_LEVEL": "debug",
    }
    assert Settings.read(environ) == Settings(
        host="0.0.0.0",
        port=9,
        folder=Path("/d"),
        run=Path("/r"),
        images={"a": auth, "b": CHECKOUT},
        credentials=b"admin:secret",
        runtime="x.y",
        timeout=120.0,
        log_level="debug",
    )


def test_settings_name_everything_that_is_wrong_together() -> None:
    environ = {
        "GATEWAY_PORT": "http",
        "GATEWAY_RUN": "/" + "r" * 100,
        "GATEWAY_IMAGES": "a=/no/such/folder",
        "GATEWAY_SECRETS": "/no/such/folder",
        "GATEWAY_TIMEOUT": "soon",
        "GATEWAY_START_TIMEOUT": "-1s",
        "GATEWAY_STARTS_AT_ONCE": "0",
    }
    with pytest.raises(ConfigurationError) as raised:
        Settings.read(environ)
    for name in (
        "GATEWAY_PORT",
        "GATEWAY_RUN",
        "GATEWAY_IMAGES",
        "basic-auth-user",
        "basic-auth-password",
        "GATEWAY_TIMEOUT",
        "GATEWAY_START_TIMEOUT",
        "GATEWAY_STARTS_AT_ONCE",
    ):
        assert name in str(raised.value)


def test_port_that_no_machine_has_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_PORT must be 0 to 65535, got 65536"):
        Settings.read({"basic_auth": "false", "GATEWAY_PORT": "65536"})


def test_basic_auth_can_be_switched_off() -> None:
    assert Settings.read({"basic_auth": "false"}).credentials is None


@pytest.mark.parametrize(
    "image",
    [
        "fanfold/post",
        "fanfold/post:1",
        "ghcr.io/x/fanfold/post:1.2",
        "host:5000/fanfold/post",
        "fanfold/post:1@sha256:abc",
    ],
)
def test_image_names_a_service_of_its_checkout(tmp_path: Path, image: str) -> None:
    (tmp_path / "functions/post/operations").mkdir(parents=True)
    assert images.find(image, {"fanfold": tmp_path}) == Code(tmp_path, "post")


@pytest.mark.parametrize("image", ["nginx", "other/post", "fanfold", "post", "fanfold/x/post"])
def test_image_of_no_known_repository_is_refused(tmp_path: Path, image: str) -> None:
    with pytest.raises(Malformed, match=f"image must be one of fanfold/<service>, got {image}"):
        images.find(image, {"fanfold": tmp_path})


@pytest.mark.parametrize("service", ["user", "..", ".", "", "post.x"])
def test_image_of_no_service_is_refused(tmp_path: Path, service: str) -> None:
    (tmp_path / "functions/post/operations").mkdir(parents=True)
    with pytest.raises(Malformed, match="must name a service of its checkout: post"):
        images.find(f"fanfold/{service}", {"fanfold": tmp_path})


def test_programs_and_upstreams_are_allowed_by_name_only() -> None:
    nothing = Settings.read({"basic_auth": "false"})
    assert (nothing.programs, nothing.upstreams) == (False, ())
    told = {"GATEWAY_PROGRAMS": "true", "GATEWAY_UPSTREAMS": "api, 127.0.0.1:9000,"}
    some = Settings.read({"basic_auth": "false", **told})
    assert (some.programs, some.upstreams) == (True, ("api", "127.0.0.1:9000"))
    with pytest.raises(ConfigurationError, match="must be true or false, got yes"):
        Settings.read({"basic_auth": "false", "GATEWAY_PROGRAMS": "yes"})


@pytest.mark.parametrize("text", ["yes", "on", "flase", " "])
def test_what_is_not_clearly_off_does_not_switch_the_password_off(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"basic_auth must be true or false"):
        Settings.read({"basic_auth": text})


@pytest.mark.parametrize("name", ["basic-auth-user", "basic-auth-password"])
def test_a_password_that_is_empty_is_none(auth: Path, name: str) -> None:
    (auth / name).write_text("\n")
    with pytest.raises(ConfigurationError, match=f"{name} must hold the {name[11:]}"):
        Settings.read({"GATEWAY_SECRETS": str(auth)})
