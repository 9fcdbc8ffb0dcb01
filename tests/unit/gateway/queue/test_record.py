"""A call as it waits, and the request that makes it."""

from gateway.http.fields import Fields
from gateway.http.request import Request
from gateway.queue import record
from gateway.queue.record import Record, full_name, travelling

CALL = Record(
    function="f.ns",
    target=b"/a%2Fb?x=1",
    lines=[b"Host: h\r\n", b"X-Own: 1\r\n"],
    call_id="id-1",
    stamp=123,
    callback="http://c/",
    body=b"\0body",
)


def test_a_call_is_the_same_after_its_wait() -> None:
    assert record.decode(record.encode(CALL)) == CALL


def test_its_head_says_who_makes_it() -> None:
    assert CALL.head() == (
        b"POST /function/f.ns/a%2Fb?x=1 HTTP/1.1\r\n"
        b"Host: h\r\nX-Own: 1\r\n"
        b"User-Agent: fanfold-queue-worker\r\nX-Call-Id: id-1\r\n"
        b"Content-Length: 5\r\nConnection: close\r\n\r\n"
    )


def test_a_name_without_a_namespace_is_of_the_default_one() -> None:
    assert [full_name("f"), full_name("f.ns")] == ["f.openfaas-fn", "f.ns"]
    assert CALL.full_name == "f.ns"


def test_the_callers_headers_travel_but_for_its_program() -> None:
    fields = Fields()
    fields.note(b"host", b"here")
    fields.lines += [b"user-AGENT: curl\r\n", b"X-Own: user-agent: no\r\n"]
    lines = travelling(Request(b"POST", b"/", fields), b"1.2.3.4:5")
    assert b"Host: here\r\n" in lines
    assert b"X-Own: user-agent: no\r\n" in lines
    assert b"X-Forwarded-For: 1.2.3.4:5\r\n" in lines
    assert not [line for line in lines if line.lower().startswith(b"user-agent")]
