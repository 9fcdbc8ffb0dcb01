"""A whole run is told as numbers for programs, and as a page with a timeline for people."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.faults import report
from tests.faults.report import Ran
from tests.faults.trial import Counts, Finding, Kill

COUNTS = Counts(attempted=1_200, acknowledged=1_100, ok=1_100, recovered=2.5)
FINDINGS = [
    (
        "kills",
        Finding(
            name="Events amid kills",
            bar="lost 0",
            found="1,100 of 1,100",
            met=True,
            counts=COUNTS,
            kills=[Kill("rabbitmq", 1.5), Kill("rabbitmq", 2.0), Kill("connector", 2.5)],
            series={"stored": [0.0, 10.0, 20.0]},
        ),
    ),
    ("backoff", Finding(name="Backoff <tiers>", bar="none early", found="1 early", met=False)),
    ("drain", Finding(name="Drain", bar="≥ 0.6", found="no peer here", met=None)),
]
RAN = Ran(seed=7, commit="abc", machine="2 cores", seconds=60.0, findings=FINDINGS)


def test_report_tells_bars_counts_and_faults(tmp_path: Path) -> None:
    report.write(tmp_path, RAN)

    page = (tmp_path / "reliability.md").read_text()
    assert "| Events amid kills | lost 0 | 1,100 of 1,100 | yes |" in page
    assert "| Backoff <tiers> | none early | 1 early | **no** |" in page
    assert "| Drain | ≥ 0.6 | no peer here | not measured |" in page
    assert "| Events amid kills | 1,200 | 1,100 | 1,100 | 0 | 0 | 0 | 2.5 s |" in page
    assert "| Events amid kills | connector 1, rabbitmq 2 |" in page
    assert "SEED=7" in page
    assert "(reliability.svg)" in page


def test_report_keeps_each_kill_with_its_time(tmp_path: Path) -> None:
    report.write(tmp_path, RAN)

    told = json.loads((tmp_path / "reliability.json").read_text())
    assert (told["seed"], told["commit"], told["machine"]) == (7, "abc", "2 cores")
    assert told["findings"][0]["kills"][0] == {"part": "rabbitmq", "at": 1.5}
    assert told["findings"][0]["counts"]["ok"] == 1_100


def test_timeline_marks_each_fault(tmp_path: Path) -> None:
    report.write(tmp_path, RAN)

    plot = ET.parse(tmp_path / "reliability.svg")
    marks = [line for line in plot.iter() if line.get("class") == "fault"]
    assert len(marks) == 3
