"""What was run whole is told as numbers for programs, and as a page for people."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from tests.faults import report
from tests.faults.report import Ran
from tests.faults.trial import Counts, Finding, Kill

COUNTS = Counts(attempted=1_200, acknowledged=1_100, ok=1_100, recovered=2.5)
KILLS = Finding(
    name="Events amid kills",
    bar="lost 0",
    found="1,100 of 1,100",
    met=True,
    counts=COUNTS,
    kills=[Kill("rabbitmq", 1.5), Kill("rabbitmq", 2.0), Kill("connector", 2.5)],
    series={"stored": [0.0, 10.0, 20.0]},
)
EARLY = Finding(name="Backoff <tiers>", bar="none early", found="1 early", met=False)
NO_PEER = Finding(name="Drain", bar="≥ 0.6", found="no peer here", met=None)
ORDER = ("kills", "backoff", "drain")


def ran(trial: str, *findings: Finding, seed: int = 7) -> Ran:
    return Ran(trial=trial, seed=seed, commit="abc", machine="2 cores", findings=findings)


def written(folder: Path) -> None:
    for one in (ran("drain", NO_PEER), ran("kills", KILLS), ran("backoff", EARLY)):
        report.write(folder, one, ORDER)


def test_report_tells_bars_counts_and_faults(tmp_path: Path) -> None:
    written(tmp_path)

    page = (tmp_path / "reliability.md").read_text()
    assert "| Events amid kills | lost 0 | 1,100 of 1,100 | yes |" in page
    assert "| Backoff <tiers> | none early | 1 early | **no** |" in page
    assert "| Drain | ≥ 0.6 | no peer here | not measured |" in page
    assert "| Events amid kills | 1,200 | 1,100 | 1,100 | 0 | 0 | 0 | 2.5 s |" in page
    assert "| Events amid kills | connector 1, rabbitmq 2 |" in page
    assert "| `make faults ONLY=kills SEED=7` | abc | 2 cores |" in page
    assert "(reliability.svg)" in page


def test_report_keeps_each_kill_with_its_time(tmp_path: Path) -> None:
    written(tmp_path)

    told = json.loads((tmp_path / "reliability.json").read_text())
    assert [one["trial"] for one in told["trials"]] == list(ORDER)
    kills = told["trials"][0]
    assert (kills["seed"], kills["commit"], kills["machine"]) == (7, "abc", "2 cores")
    assert kills["findings"][0]["kills"][0] == {"part": "rabbitmq", "at": 1.5}
    assert kills["findings"][0]["counts"]["ok"] == 1_100


def test_trial_that_is_run_again_takes_the_place_of_its_rows(tmp_path: Path) -> None:
    written(tmp_path)
    before = report.read(tmp_path / "reliability.json")
    better = replace(EARLY, found="0 early", met=True)
    report.write(tmp_path, ran("backoff", better, seed=8), ORDER)

    kills, backoff, drain = report.read(tmp_path / "reliability.json")
    assert [kills, drain] == [before[0], before[2]]
    assert (backoff.seed, backoff.findings) == (8, [better])
    page = (tmp_path / "reliability.md").read_text()
    assert "| Backoff <tiers> | none early | 0 early | yes |" in page
    assert "**no**" not in page


def test_timeline_marks_each_fault(tmp_path: Path) -> None:
    written(tmp_path)

    plot = ET.parse(tmp_path / "reliability.svg")
    marks = [line for line in plot.iter() if line.get("class") == "fault"]
    assert len(marks) == 3
