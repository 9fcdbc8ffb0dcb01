"""The names of functions: each once, and on few pages."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from gateway.processes import names

PAGE = 4096
PLACES = """
from gateway.processes.names import together
print(*(id(name) for name in together()))
"""


def test_names_are_names_each_once_and_in_order() -> None:
    found = Path(names.FILE).read_text().splitlines()
    assert found == sorted(set(found))
    assert [name for name in found if not re.fullmatch(r"[\w.<>]+", name)] == []


def test_names_lie_together_in_a_process_that_makes_them_first() -> None:
    made = subprocess.run(
        [sys.executable, "-c", PLACES], capture_output=True, check=True, text=True
    )
    pages = Counter(int(place) // PAGE for place in made.stdout.split())
    # The interpreter has some of its own, wherever they are.
    dense = [count for count in pages.values() if count > 30]
    assert sum(dense) > 0.7 * sum(pages.values())
