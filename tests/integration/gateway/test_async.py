"""Asynchronous calls: accepted when safe, made when there is room, told of by callback."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import aiormq
import pytest

from tests.conftest import missing
from tests.integration.event_connector.rabbitmq import SERVER, RabbitMQ
from tests.integration.gateway.faas import FaasCli
from tests.integration.gateway.prometheus import read as read_metrics
from tests.integration.gateway.receiving import Receiver
from tests.integration.gateway.running import Gateway, Reply, until

FAST = {
    "com.openfaas.retry.min_wait": "1s",
    "com.openfaas.retry.max_wait": "1s",
    "com.openfaas.retry.attempts": "3",
}


@pytest.fixture(scope="module")
def rabbit() -> Iterator[RabbitMQ]:
    if not Path(SERVER).exists():
        missing("RabbitMQ", "install rabbitmq-server")
    broker = RabbitMQ()
    try:
        broker.start()
        yield broker
    finally:
        broker.remove()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def queueing(rabbit: RabbitMQ, receiver: Receiver) -> Iterator[Gateway]:
    running = Gateway(
        broker=rabbit.url,
        GATEWAY_CALLBACK_HOSTS=receiver.url.removeprefix("http://"),
        GATEWAY_RETRY_MIN_WAIT="1s",
        GATEWAY_RETRY_MAX_WAIT="1s",
        GATEWAY_RETRY_ATTEMPTS="3",
        GATEWAY_ASYNC_BODY="100000",
    )
    until(lambda: call(running, "nobody", "/").status == 202, "calls were accepted")
    yield running
    running.close()


def call(gateway: Gateway, name: str, path: str = "", body: str = "", **headers: str) -> Reply:
    fields = {header.replace("_", "-"): value for header, value in headers.items()}
    return gateway.send("POST", f"/async-function/{name}{path}", body, fields)


def test_a_call_is_accepted_then_made_and_told_of(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-echo")
    before = time.time_ns()
    reply = call(
        queueing,
        "async-echo",
        "/a%2Fb/c?x=1&y=%20",
        "the body",
        X_Callback_Url=f"{receiver.url}/told?of=it",
        X_Own="own",
    )
    assert (reply.status, reply.body) == (202, b"")
    call_id, start = reply.headers["x-call-id"], reply.headers["x-start-time"]
    assert before < int(start) < time.time_ns()
    assert reply.headers["x-served-by"] == "fanfold"
    told = receiver.one("/told?of=it")
    assert told.headers["x-call-id"] == call_id
    assert told.headers["x-function-name"] == "async-echo"
    assert told.headers["x-function-status"] == "200"
    assert told.headers["content-type"] == "application/json"
    assert told.headers["user-agent"] == "fanfold-queue-worker"
    assert 0 < float(told.headers["x-duration-seconds"]) < 20
    seen = json.loads(told.body)
    assert (seen["method"], seen["target"], seen["body"]) == (
        "POST",
        "/a%2Fb/c?x=1&y=%20",
        "the body",
    )
    fields = dict(seen["headers"])
    assert fields["x-call-id"] == call_id
    assert fields["x-start-time"] == start
    assert fields["x-own"] == "own"
    assert fields["user-agent"] == "fanfold-queue-worker"
    assert fields["x-callback-url"] == f"{receiver.url}/told?of=it"
    assert fields["x-forwarded-for"].startswith("127.0.0.1:")
    assert fields["host"] == f"127.0.0.1:{queueing.port}"


def test_an_id_that_was_given_is_kept_and_not_repeated(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-id")
    reply = call(queueing, "async-id", X_Call_Id="mine", X_Callback_Url=f"{receiver.url}/mine")
    assert "x-call-id" not in reply.headers
    assert receiver.one("/mine").headers["x-call-id"] == "mine"


def test_a_name_with_its_namespace_is_called(queueing: Gateway, receiver: Receiver) -> None:
    queueing.deployed("async-spaced")
    call(queueing, "async-spaced.openfaas-fn", X_Callback_Url=f"{receiver.url}/spaced")
    told = receiver.one("/spaced")
    assert (told.status, told.headers["x-function-name"]) == (200, "async-spaced.openfaas-fn")


def test_other_methods_are_refused(queueing: Gateway) -> None:
    reply = queueing.send("GET", "/async-function/async-echo")
    assert (reply.status, reply.headers["allow"], reply.body) == (405, "POST", b"")


@pytest.mark.parametrize("name", ["", "a%20b", "a" * 200])
def test_what_can_be_no_name_is_not_found(queueing: Gateway, name: str) -> None:
    assert call(queueing, name).status == 404


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "nonsense",
        "http://",
        "http://10.0.0.1/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://user:word@example.com/",
        "http://example.com:99999/",
    ],
)
def test_a_callback_that_may_not_be_called_is_refused(queueing: Gateway, url: str) -> None:
    reply = call(queueing, "async-echo", X_Callback_Url=url)
    assert reply.status == 400
    assert reply.text.startswith("X-Callback-Url: ")


def test_a_body_past_the_limit_is_refused(queueing: Gateway, receiver: Receiver) -> None:
    queueing.deployed("async-large")
    assert call(queueing, "async-large", body="x" * 100_001).status == 413
    callback = f"{receiver.url}/large"
    taken = call(queueing, "async-large", "/count", "x" * 100_000, X_Callback_Url=callback)
    assert taken.status == 202
    assert receiver.one("/large").body == b"100000"


def test_a_body_of_unknown_length_is_bounded_too(queueing: Gateway) -> None:
    chunk = b"%x\r\n%b\r\n" % (60_000, b"x" * 60_000)
    head = b"POST /async-function/f HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert queueing.raw(head + chunk * 2 + b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_long_answer_goes_to_its_callback_whole(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-long")
    call(queueing, "async-long", "/large?3000000", X_Callback_Url=f"{receiver.url}/long")
    assert receiver.one("/long").body == b"x" * 3_000_000


def test_a_failure_that_no_retry_mends_is_told_at_once(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-refuses")
    call(queueing, "async-refuses", "/status?404", X_Callback_Url=f"{receiver.url}/404")
    told = receiver.one("/404")
    assert (told.status, told.headers["x-of"]) == (404, "function")


def test_a_failing_call_is_tried_as_often_as_the_function_asks(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-fails", annotations=FAST)
    call(queueing, "async-fails", "/status?500", X_Callback_Url=f"{receiver.url}/500")
    assert receiver.one("/500").status == 500
    assert queueing.status("async-fails")["invocationCount"] == 3
    assert any(
        "given up: status 500, attempt 3" in line for line in queueing.log("async-fails")
    )


def test_only_the_codes_that_the_function_names_are_tried_again(
    queueing: Gateway, receiver: Receiver
) -> None:
    annotations = {**FAST, "com.openfaas.retry.codes": "404"}
    queueing.deployed("async-codes", annotations=annotations)
    call(queueing, "async-codes", "/status?500", X_Callback_Url=f"{receiver.url}/code-500")
    assert receiver.one("/code-500").status == 500
    assert queueing.status("async-codes")["invocationCount"] == 1
    call(queueing, "async-codes", "/status?404", X_Callback_Url=f"{receiver.url}/code-404")
    assert receiver.one("/code-404").status == 404
    assert queueing.status("async-codes")["invocationCount"] == 4


def test_a_function_that_does_not_start_is_told_of_with_503(
    queueing: Gateway, receiver: Receiver
) -> None:
    annotations = {**FAST, "com.openfaas.retry.attempts": "2"}
    queueing.deploy("async-broken", envVars={"BROKEN": "yes"}, annotations=annotations)
    call(queueing, "async-broken", X_Callback_Url=f"{receiver.url}/broken")
    told = receiver.one("/broken")
    assert (told.status, told.body) == (503, b"")


def test_a_function_that_is_not_deployed_is_waited_for(
    queueing: Gateway, receiver: Receiver
) -> None:
    assert call(queueing, "async-late", X_Callback_Url=f"{receiver.url}/late").status == 202
    queueing.deployed("async-late")
    assert receiver.one("/late").status == 200


def test_a_function_that_never_comes_is_told_of_with_404(
    queueing: Gateway, receiver: Receiver
) -> None:
    call(queueing, "async-never", X_Callback_Url=f"{receiver.url}/never")
    told = receiver.one("/never")
    assert (told.status, told.body, told.headers["x-function-name"]) == (
        404,
        b"",
        "async-never",
    )


def test_calls_of_a_removed_function_wait_for_it(queueing: Gateway, receiver: Receiver) -> None:
    annotations = {"com.fanfold.concurrency": "1"}
    queueing.deployed("async-gone", annotations=annotations)
    for number in range(3):
        callback = f"{receiver.url}/gone-{number}"
        call(queueing, "async-gone", "/slow?0.3", X_Callback_Url=callback)
    reply = queueing.system("DELETE", "functions", {"functionName": "async-gone"})
    assert reply.status == 202
    queueing.deployed("async-gone", annotations=annotations)
    assert [receiver.one(f"/gone-{number}").status for number in range(3)] == [200] * 3


def test_a_slow_function_holds_nobody_else_up(queueing: Gateway, receiver: Receiver) -> None:
    queueing.deployed("async-slow", annotations={"com.fanfold.concurrency": "2"})
    queueing.deployed("async-quick")
    for number in range(24):
        callback = f"{receiver.url}/slow-{number}"
        call(queueing, "async-slow", "/slow?0.5", X_Callback_Url=callback)
    call(queueing, "async-quick", X_Callback_Url=f"{receiver.url}/quick")
    receiver.one("/quick")
    slow = [each for each in receiver.callbacks if each.path.startswith("/slow-")]
    assert len(slow) < 24
    for number in range(24):
        receiver.one(f"/slow-{number}")


def test_a_full_function_is_waited_for_without_an_attempt(
    queueing: Gateway, receiver: Receiver
) -> None:
    annotations = {**FAST, "com.openfaas.retry.attempts": "1", "com.fanfold.concurrency": "8"}
    labels = {"com.openfaas.scale.max": "1"}
    queueing.deployed(
        "async-full", envVars={"max_inflight": "1"}, annotations=annotations, labels=labels
    )
    for number in range(8):
        callback = f"{receiver.url}/full-{number}"
        call(queueing, "async-full", "/slow?0.1", X_Callback_Url=callback)
    assert [receiver.one(f"/full-{number}").status for number in range(8)] == [200] * 8


def test_a_sleeping_function_is_woken(queueing: Gateway, receiver: Receiver) -> None:
    queueing.deployed("async-sleeps")
    queueing.system("POST", "scale-function/async-sleeps", {"replicas": 0})
    queueing.until_available("async-sleeps", 0)
    call(queueing, "async-sleeps", X_Callback_Url=f"{receiver.url}/woken")
    assert receiver.one("/woken").status == 200


def test_a_callback_may_go_to_a_function_of_this_gateway(queueing: Gateway) -> None:
    queueing.deployed("async-first")
    queueing.deployed("async-second")
    callback = f"http://127.0.0.1:{queueing.port}/function/async-second/talk"
    call(queueing, "async-first", "/count", "12345", X_Callback_Url=callback)
    until(lambda: "5" in queueing.log("async-second"), "the callback's body was printed")


def test_a_callback_is_sent_again_while_its_host_cannot_take_it(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-again")
    receiver.refusals += [503, 502]
    call(queueing, "async-again", X_Callback_Url=f"{receiver.url}/again")
    assert receiver.one("/again").status == 200


def test_a_redirect_of_a_callback_is_not_followed(
    queueing: Gateway, receiver: Receiver
) -> None:
    queueing.deployed("async-redirected")
    receiver.refusals.append(307)
    call(queueing, "async-redirected", X_Callback_Url=f"{receiver.url}/redirected")
    call(queueing, "async-redirected", X_Callback_Url=f"{receiver.url}/after")
    receiver.one("/after")
    assert not [each for each in receiver.callbacks if each.path == "/redirected"]


def test_faas_cli_invokes_asynchronously(
    queueing: Gateway, receiver: Receiver, faas_cli: str, tmp_path: Path
) -> None:
    queueing.deployed("async-cli")
    cli = FaasCli(faas_cli, queueing, tmp_path)
    assert cli.login().code == 0
    header = f"X-Callback-Url={receiver.url}/cli"
    ended = cli("invoke", "async-cli", "--async", "-H", header, given="from the command line")
    assert ended.code == 0
    assert "submitted asynchronously" in ended.err
    told = receiver.one("/cli")
    assert json.loads(told.body)["body"] == "from the command line"
    assert (told.status, told.headers["x-function-name"]) == (200, "async-cli.openfaas-fn")


def test_faas_cli_shows_why_a_callback_is_refused(
    queueing: Gateway, faas_cli: str, tmp_path: Path
) -> None:
    cli = FaasCli(faas_cli, queueing, tmp_path)
    header = "X-Callback-Url=http://10.0.0.1/"
    ended = cli("invoke", "async-cli", "--async", "-H", header, given="")
    assert ended.code == 1
    assert "10.0.0.1 is no public address" in ended.out + ended.err


def test_what_is_queued_can_be_read_off_the_metrics(
    queueing: Gateway, receiver: Receiver
) -> None:
    name = queueing.deployed("async-measured", annotations=FAST)
    for path, told in (("/hello", "measured-200"), ("/status?500", "measured-500")):
        call(queueing, name, path, X_Callback_Url=f"{receiver.url}/{told}")
        receiver.one(f"/{told}")

    def get(metric: str, **labels: str) -> float | None:
        found = read_metrics(queueing)
        return found.get(
            f"gateway_async_{metric}", function_name=f"{name}.openfaas-fn", **labels
        )

    until(lambda: get("callbacks_total", outcome="delivered") == 2, "callbacks were counted")
    assert get("accepted_total") == 2
    assert get("attempts_total") == 4
    assert get("retries_total") == 2
    assert get("outcomes_total", outcome="done") == 1
    assert get("outcomes_total", outcome="failed") == 1
    assert get("waiting") == get("running") == get("oldest_seconds") == 0


def test_waiting_calls_and_their_age_can_be_read_off_the_metrics(
    queueing: Gateway, receiver: Receiver
) -> None:
    name = queueing.deployed("async-aged", annotations={"com.fanfold.concurrency": "1"})
    for number in range(10):
        call(queueing, name, "/slow?0.5", X_Callback_Url=f"{receiver.url}/aged-{number}")
    found, labels = read_metrics(queueing), {"function_name": f"{name}.openfaas-fn"}
    assert (found.get("gateway_async_waiting", **labels) or 0) > 0
    assert found.get("gateway_async_running", **labels) == 1
    assert (found.get("gateway_async_oldest_seconds", **labels) or 0) > 0
    receiver.one("/aged-9")


async def test_one_queue_that_cannot_be_had_keeps_no_other_from_being_consumed(
    rabbit: RabbitMQ, receiver: Receiver
) -> None:
    connection = await aiormq.connect(rabbit.url)
    channel = await connection.channel()
    await channel.queue_declare("async.async-odd.openfaas-fn", durable=True)  # no quorum queue
    await connection.close()
    gateway = Gateway(
        broker=rabbit.url,
        GATEWAY_CALLBACK_HOSTS=receiver.url.removeprefix("http://"),
        GATEWAY_RETRY_MIN_WAIT="1s",
    )
    try:
        gateway.deployed("async-odd")
        gateway.deployed("async-even")
        until(lambda: call(gateway, "async-even").status == 202, "calls were accepted")
        reply = call(gateway, "async-odd")
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        assert reply.text == "the queue does not answer: the call was not accepted\n"
        gateway.stop()
        gateway.start()
        callback = f"{receiver.url}/even"
        path = "/async-function/async-even"

        def accepted() -> bool:
            return gateway.send("POST", path, "", {"X-Callback-Url": callback}).status == 202

        until(accepted, "calls were accepted again")
        assert receiver.one("/even").status == 200
    finally:
        gateway.close()


def test_without_a_broker_there_is_no_such_path(gateway: Gateway) -> None:
    reply = gateway.send("POST", "/async-function/async-echo")
    assert (reply.status, reply.text) == (404, "no such path: /async-function/async-echo\n")
