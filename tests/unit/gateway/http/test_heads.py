"""Which headers a call carries there and back."""

import pytest

from gateway.http import answers, headers, heads
from gateway.http.fields import Fields
from gateway.http.reply import Reply
from gateway.http.request import Request


def fields(**members: object) -> Fields:
    made = Fields()
    made.host = b"site"
    for name, value in members.items():
        setattr(made, name, value)
    return made


def request(**members: object) -> Request:
    made = Request(b"GET", b"/", fields())
    made.complete = True
    for name, value in members.items():
        setattr(made, name, value)
    return made


def test_function_gets_the_callers_headers_then_ours() -> None:
    made = fields(lines=[b"A: 1\r\n", b"b: 2\r\n"])
    assert made.to_function(b"1.2.3.4:5") == (
        b"Host: site\r\nA: 1\r\nb: 2\r\nX-Forwarded-For: 1.2.3.4:5\r\n"
        b"X-Forwarded-Host: site\r\nX-Forwarded-Proto: http\r\n"
    )


def test_function_gets_neither_what_connection_names_nor_ours_where_there_are_others() -> None:
    made = fields(
        lines=[b"A: 1\r\n", b"X-Hop: 2\r\n"],
        dropped={b"x-hop"},
        forwarded_for=b"9.9.9.9",
        forwarded_host=b"first",
        forwarded_proto=b"https",
    )
    assert made.to_function(b"1.2.3.4:5") == (
        b"Host: site\r\nA: 1\r\nX-Forwarded-For: 9.9.9.9\r\n"
        b"X-Forwarded-Host: first\r\nX-Forwarded-Proto: https\r\n"
    )


PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([PARENT], True),
        ([b"cc" + PARENT[2:] + b"-what-comes"], True),
        ([PARENT + b"-what-comes"], False),
        ([b"ff" + PARENT[2:]], False),
        ([PARENT.upper()], False),
        ([PARENT.replace(b"b7ad6b7169203331", b"0" * 16)], False),
        ([PARENT[:3] + b"0" * 32 + PARENT[35:]], False),
        ([PARENT, PARENT], False),
        ([b""], False),
    ],
)
def test_trace_is_kept_if_it_can_be_read(values: list[bytes], *, kept: bool) -> None:
    made = fields()
    for value in values:
        made.note(b"traceparent", value)
    made.note(b"tracestate", b"a=1")
    trace = b"traceparent: %b\r\ntracestate: a=1\r\n" % values[0] if kept else b""
    assert made.to_function(b"").partition(b"Proto: http\r\n")[2] == trace
    assert bool(made.trace) == kept


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ([b"250ms"], 0.25),
        ([b"1m30s"], 90),
        ([b"10s", b"2s"], 2),
        ([b"5"], float("inf")),
        ([b"0s"], float("inf")),
        ([b"-1s"], float("inf")),
        ([b"soon"], float("inf")),
        ([b"1\xc2\xb5s"], float("inf")),
    ],
)
def test_time_that_a_caller_gives_is_a_duration_of_go(
    values: list[bytes], seconds: float
) -> None:
    made = fields()
    for value in values:
        made.note(b"x-timeout", value)
    assert made.timeout == seconds
    assert made.lines == [b"X-Timeout: %b\r\n" % value for value in values]


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


def test_reply_keeps_what_its_connection_header_does_not_name() -> None:
    reply = Reply(200)
    reply.lines = [b"X-Own: 1\r\n", b"x-hop: 2\r\n"]
    reply.note(b"connection", b"keep-alive, X-Hop")
    reply.note(b"content-length", b"3")
    reply.finish()
    assert reply.front == b"HTTP/1.1 200 OK\r\nX-Own: 1\r\nContent-Length: 3\r\n"


def test_tokens_of_a_connection_header_are_lower_case() -> None:
    assert headers.tokens(b"Keep-Alive , X-Hop,,") == {b"keep-alive", b"x-hop"}
