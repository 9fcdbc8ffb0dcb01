"""Every fault trial at the size that CI has time for; `make faults` runs the whole."""

import pytest

from tests.conftest import Installation
from tests.faults.__main__ import attempt, names
from tests.faults.trial import Scale

# The same faults at the same moments each time; what another seed finds becomes a test.
SEED = 1


@pytest.mark.parametrize("name", names())
def test_trial_meets_its_bars(name: str, installation: Installation) -> None:
    findings = attempt(name, installation, Scale(short=True, seed=SEED))
    assert findings
    assert [finding for finding in findings if finding.met is False] == []
