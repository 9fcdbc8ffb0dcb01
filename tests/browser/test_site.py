"""The story in a real browser, at desktop and phone widths, with its pictures in reports/."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, missing
from tests.e2e.client import Fanfold
from tests.e2e.faulty import CONSUMER, deploy_consumer

FOLDER = ROOT / "tests/browser"
PICTURES = ROOT / "reports/screenshots"
STORY_WITHIN = 300


@pytest.fixture
def play(faulty: Fanfold, admin: str, tmp_path: Path) -> "Play":
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        missing("chromium", "install Debian's package chromium, or name one in CHROMIUM")
    members = faulty.http.get("/function/site/demo/members").json()
    writer, reader = [member for member in members if member["role"] == "member"][:2]
    return Play(
        {
            "CHROMIUM": chromium,
            "FANFOLD_URL": faulty.installation.urls["gateway"],
            "FANFOLD_WRITER": writer["id"],
            "FANFOLD_WRITER_NAME": writer["name"],
            "FANFOLD_READER": reader["id"],
            "FANFOLD_ADMIN": admin,
            "FANFOLD_STATE": str(tmp_path / "state.json"),
            "FANFOLD_SCREENSHOTS": str(PICTURES),
            "FAULTY_FUNCTION": CONSUMER,
        }
    )


class Play:
    """The stages of story.mjs, which share what they need through a file."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def stage(self, name: str) -> None:
        played = subprocess.run(
            ["node", "story.mjs", name],
            cwd=FOLDER,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=STORY_WITHIN,
            check=False,
        )
        assert played.returncode == 0, f"{name}:\n{played.stdout}\n{played.stderr}"


def test_the_story_is_told_by_the_site(play: Play, faulty: Fanfold) -> None:
    deploy_consumer(faulty, works=False)
    play.stage("stage1")
    deploy_consumer(faulty, works=True)
    play.stage("stage2")
