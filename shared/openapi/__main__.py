"""Write docs/openapi.json anew, for every function of stack.yml."""

import sys
from pathlib import Path

from shared.openapi.document import describe, encode, operations

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs/openapi.json"

if __name__ == "__main__":
    TARGET.write_bytes(encode(describe(operations(ROOT / "stack.yml"))))
    sys.exit()
