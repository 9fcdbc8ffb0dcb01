import os
import subprocess
from pathlib import Path

import pytest

from local import packages
from local.trouble import Trouble


def test_missing_leaves_out_what_settings_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_has", lambda _: False)
    monkeypatch.setattr(packages, "_has_postgres", lambda: True)
    monkeypatch.setattr(packages, "find_spec", lambda _: True)

    lacking = packages.missing({"RABBITMQ_URL": "amqp://x/", "MONGO_URI": "mongodb://x/"})

    assert lacking == ["mariadb-server", "redis-server"]


def test_install_says_the_command_when_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_privilege", lambda: None)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/apt-get")

    with pytest.raises(Trouble) as raised:
        packages.install(["redis-server"], lambda _: None)

    assert raised.value.what == "missing packages: redis-server"
    assert raised.value.advice.endswith("sudo python3 -B -m local prepare --packages")


@pytest.mark.parametrize("status", [0, 100])
@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 104\n"])
def test_install_puts_back_the_policy_that_was_there(
    status: int, before: str | None, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    if before is not None:
        policy.write_text(before)
    seen = tmp_path / "seen"
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\ncat {policy} > {seen}\nexit {status}\n")
    apt.chmod(0o755)
    script = packages.INSTALL.replace("/usr/sbin/policy-rc.d", str(policy))
    script = script.replace("/run/systemd/system", "/nowhere")
    path = f"{tmp_path}:{os.environ['PATH']}"

    result = subprocess.run(
        ["sh", "-c", script, "sh", "redis-server"], env={"PATH": path}, check=False
    )

    assert result.returncode == status
    assert "exit 101" in seen.read_text()
    assert (policy.read_text() if policy.exists() else None) == before


def test_install_recovers_from_a_run_that_was_killed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\n# written by fanfold, for one installation\nexit 101\n")
    (tmp_path / "policy-rc.d.before-fanfold").write_text("mine")
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")
    (tmp_path / "apt-get").chmod(0o755)
    script = packages.INSTALL.replace("/usr/sbin/policy-rc.d", str(policy))
    script = script.replace("/run/systemd/system", "/nowhere")
    path = f"{tmp_path}:{os.environ['PATH']}"

    subprocess.run(["sh", "-c", script, "sh", "redis-server"], env={"PATH": path}, check=True)

    assert policy.read_text() == "mine"
