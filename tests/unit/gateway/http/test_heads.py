"""Which headers a call carries there and back."""

import pytest

from gateway.http import answers, headers, heads
from gateway.http.request import Request


def request(**members: object) -> Request:
    made = Request()
    made.method, made.host, made.complete = b"GET", b"site", True
    for name, value in members.items():
        setattr(made, name, value)
    return made


def test_head_to_the_function_has_the_callers_headers_then_ours() -> None:
    made = request(lines=[b"A: 1\r\n", b"b: 2\r\n"], call_id=b"id")
    assert heads.to_function(made, b"/x?y", 42, b"1.2.3.4:5", b"Content-Length: 3\r\n") == (
        b"GET /x?y HTTP/1.1\r\nHost: site\r\nA: 1\r\nb: 2\r\nX-Call-Id: id\r\n"
        b"X-Start-Time: 42\r\nX-Forwarded-For: 1.2.3.4:5\r\nX-Forwarded-Host: site\r\n"
        b"Content-Length: 3\r\n\r\n"
    )


def test_head_to_the_function_leaves_out_what_connection_names() -> None:
    made = request(
        lines=[b"A: 1\r\n", b"X-Hop: 2\r\n"],
        dropped={b"x-hop"},
        forwarded_for=b"9.9.9.9",
        forwarded_host=b"first",
        call_id=b"id",
    )
    assert heads.to_function(made, b"/", 1, b"1.2.3.4:5", b"") == (
        b"GET / HTTP/1.1\r\nHost: site\r\nA: 1\r\nX-Call-Id: id\r\nX-Start-Time: 1\r\n"
        b"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: first\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("members", "end"),
    [
        ({}, b"\r\n"),
        ({"old": True}, b"Connection: keep-alive\r\n\r\n"),
        ({"keep_alive": False}, b"Connection: close\r\n\r\n"),
        ({"complete": False}, b"Connection: close\r\n\r\n"),
    ],
)
def test_head_ends_with_what_becomes_of_the_connection(
    members: dict[str, bool], end: bytes
) -> None:
    assert heads.end(request(**members)) == end


def test_marks_name_the_call_only_when_they_are_given_its_id() -> None:
    rest = b"X-Start-Time: 7\r\nX-Duration-Seconds: 0.250000\r\nX-Served-By: fanfold\r\n"
    assert heads.marks(7, 0.25, b"") == rest
    assert heads.marks(7, 0.25, b"id") == b"X-Call-Id: id\r\n" + rest


@pytest.mark.parametrize(
    ("method", "status", "line", "body"),
    [
        (b"GET", 404, b"HTTP/1.1 404 Not Found", b"gone\n"),
        (b"HEAD", 404, b"HTTP/1.1 404 Not Found", b""),
        (b"GET", 299, b"HTTP/1.1 299 ", b"gone\n"),
    ],
)
def test_own_answer_fits_the_method(
    method: bytes, status: int, line: bytes, body: bytes
) -> None:
    made = request(method=method)
    assert answers.render(answers.sentence(status, "gone"), made) == (
        line
        + b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\n"
        + body
    )


def test_answer_without_body_has_no_length() -> None:
    assert answers.render(answers.Answer(204), request()) == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_tokens_of_a_connection_header_are_lower_case() -> None:
    assert headers.tokens(b"Keep-Alive , X-Hop,,") == {b"keep-alive", b"x-hop"}
