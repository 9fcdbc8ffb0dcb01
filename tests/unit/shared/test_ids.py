import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Invalid
from shared.ids import ids_of, is_id, new_id

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891234, tzinfo=UTC)


def test_new_id_is_a_uuid_of_version_7_with_its_time() -> None:
    made = uuid.UUID(new_id(MOMENT))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(MOMENT.timestamp() * 1000)


def test_new_ids_sort_by_time_within_a_millisecond() -> None:
    ids = [new_id(MOMENT + timedelta(microseconds=step)) for step in range(0, 3000, 3)]
    assert ids == sorted(ids)


def test_new_ids_of_one_moment_differ() -> None:
    assert len({new_id(MOMENT) for _ in range(1000)}) == 1000


def test_new_id_takes_the_present_without_a_moment() -> None:
    assert is_id(new_id())
    assert new_id() > new_id(MOMENT)


@pytest.mark.parametrize(
    "text",
    ["", "x", "01a202e2-a8ce-471a-a12f-81c428a8fc2f", "01A202E2-A8CE-771A-A12F-81C428A8FC2F"],
)
def test_is_id_refuses_what_we_do_not_write(text: str) -> None:
    assert not is_id(text)


def test_ids_of_a_list_come_once_in_their_order() -> None:
    one, other = new_id(), new_id()
    assert ids_of("post_ids", f"{other},{one},{other}", 2) == [other, one]


@pytest.mark.parametrize(
    ("listed", "rule"),
    [
        ("", "post_ids must be ids in lower case with commas between them, got ''"),
        ("a", "post_ids must be ids in lower case with commas between them, got 'a'"),
        (
            "0197A6F0-0000-7000-8000-000000000001",
            (
                "post_ids must be ids in lower case with commas between them,"
                " got '0197A6F0-0000-7000-8000-000000000001'"
            ),
        ),
        ("a,b,c", "post_ids must name 1 to 2 ids, got 3"),
    ],
)
def test_ids_of_says_which_rule_a_list_breaks(listed: str, rule: str) -> None:
    with pytest.raises(Invalid) as broken:
        ids_of("post_ids", listed, 2)
    assert str(broken.value) == rule
