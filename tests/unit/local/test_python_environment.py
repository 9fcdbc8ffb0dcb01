from local.installation import CHECKOUT
from local.python_environment import pinned

LOCK = """\
uvicorn==0.54.0 \\
    --hash=sha256:aa
uv==0.13.9 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
uvloop==0.23.0 \\
    --hash=sha256:dd
"""


def test_pinned_cuts_one_package_with_all_its_hashes() -> None:
    assert (
        pinned(LOCK, "uv") == "uv==0.13.9 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    )
    assert pinned(LOCK, "absent") == ""


def test_lock_pins_the_installer_it_is_installed_by() -> None:
    lines = pinned((CHECKOUT / "requirements.lock").read_text(), "uv").splitlines()

    assert lines[0].startswith("uv==")
    assert all("--hash=sha256:" in line for line in lines[1:])
    assert not lines[-1].endswith("\\")
