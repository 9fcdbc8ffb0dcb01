"""The description of the API is made from the operations as they are."""

from shared.errors import Stale
from shared.openapi.__main__ import ROOT, TARGET
from shared.openapi.document import describe, encode, operations
from shared.openapi.paths import holds_to_a_revision

OPERATIONS = operations(ROOT / "stack.yml")


def test_description_is_of_the_operations_as_they_are() -> None:
    assert TARGET.read_bytes() == encode(describe(OPERATIONS)), "stale: run `make openapi`"


def test_who_can_be_stale_holds_to_a_revision() -> None:
    told = {one.function for one in OPERATIONS if Stale in one.endpoint.raises}
    assert told == {one.function for one in OPERATIONS if holds_to_a_revision(one)}
