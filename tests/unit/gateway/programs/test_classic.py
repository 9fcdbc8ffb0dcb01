"""What a program is told of its call."""

import pytest

from gateway.programs.classic import Classic, canonical, variables, words


def classic(*, told_headers: bool = True) -> Classic:
    return Classic(
        command=["cat"],
        environment={"A": "1", "Http_Method": "stays unless told"},
        prepare=lambda: None,
        told_headers=told_headers,
    )


def scope(*headers: tuple[bytes, bytes], query: bytes = b"") -> dict[str, object]:
    return {"method": "POST", "path": "/a", "query_string": query, "headers": headers}


def test_first_of_equal_headers_is_told() -> None:
    told = variables(classic(), scope((b"x-a", b"1"), (b"x-a", b"2"), (b"host", b"h")))
    assert told == {
        "A": "1",
        "Http_X_A": "1",
        "Http_Host": "h",
        "Http_Method": "POST",
        "Http_Path": "/a",
        "Http_ContentLength": "0",
        "Http_Content_Length": "0",
    }


def test_length_that_nobody_knows_is_minus_one() -> None:
    told = variables(classic(), scope((b"transfer-encoding", b"chunked"), query=b"a=%00"))
    assert (told["Http_Content_Length"], told["Http_Query"]) == ("-1", "a=%00")


def test_header_that_no_environment_can_hold_is_cut() -> None:
    assert variables(classic(), scope((b"x-a", b"b\0c")))["Http_X_A"] == "bc"


def test_nothing_is_told_where_it_is_switched_off() -> None:
    assert variables(classic(told_headers=False), scope())["Http_Method"] == "stays unless told"


@pytest.mark.parametrize(
    ("name", "told"),
    [("content-type", "Content_Type"), ("ETAG", "Etag"), ("x-b3-id", "X_B3_Id")],
)
def test_names_are_as_go_writes_them(name: str, told: str) -> None:
    assert canonical(name) == told


def test_ends_are_said_as_go_says_them() -> None:
    assert (words(3), words(-15)) == ("exit status 3", "signal: SIGTERM")


def test_a_caller_names_no_proxy_for_the_programs_own_calls() -> None:
    told = variables(classic(), scope((b"proxy", b"http://evil.example"), (b"x-proxy", b"b")))
    assert [name for name in told if name.lower() == "http_proxy"] == []
    assert told["Http_X_Proxy"] == "b"
