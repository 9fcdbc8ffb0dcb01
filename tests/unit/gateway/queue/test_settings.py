"""What an operator says about asynchronous calls."""

from pathlib import Path

from gateway.queue.settings import POLICY, QueueSettings
from shared.retries import Policy


def read(folder: Path, **environ: str) -> tuple[QueueSettings | None, list[str]]:
    problems: list[str] = []
    settings = QueueSettings.read({"GATEWAY_SECRETS": str(folder), **environ}, problems)
    return settings, problems


def test_without_a_brokers_secret_nothing_is_queued(tmp_path: Path) -> None:
    assert read(tmp_path, GATEWAY_ASYNC_BODY="1") == (None, [])


def test_the_defaults_are_those_of_openfaas(tmp_path: Path) -> None:
    (tmp_path / "broker-url").write_text("amqp://b/\n")
    settings, problems = read(tmp_path)
    assert (settings, problems) == (QueueSettings(broker="amqp://b/", policy=POLICY), [])
    assert "amqp" not in repr(settings)


def test_everything_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "broker-url").write_text("amqp://b/")
    assert read(
        tmp_path,
        GATEWAY_ASYNC_BODY="5",
        GATEWAY_ASYNC_CONCURRENCY="3",
        GATEWAY_CALLBACK_HOSTS="One.example, 10.0.0.1:80,",
        GATEWAY_RETRY_ATTEMPTS="2",
        GATEWAY_RETRY_CODES="500, 418",
        GATEWAY_RETRY_MIN_WAIT="0s",
        GATEWAY_RETRY_MAX_WAIT="1m",
    ) == (
        QueueSettings(
            broker="amqp://b/",
            body_limit=5,
            concurrency=3,
            callback_hosts=frozenset({"one.example", "10.0.0.1:80"}),
            policy=Policy(2, 0.0, 60.0, frozenset({500, 418})),
        ),
        [],
    )


def test_all_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broker-url").write_text("amqp://b/")
    wrong = {
        "GATEWAY_ASYNC_BODY": str(1 << 30),
        "GATEWAY_ASYNC_CONCURRENCY": "0",
        "GATEWAY_RETRY_ATTEMPTS": "some",
        "GATEWAY_RETRY_CODES": "5xx",
        "GATEWAY_RETRY_MIN_WAIT": "soon",
        "GATEWAY_RETRY_MAX_WAIT": "-1s",
    }
    _, problems = read(tmp_path, **wrong)
    assert sorted(problem.partition(":")[0] for problem in problems) == sorted(wrong)


def test_a_broker_is_spoken_to_by_amqp(tmp_path: Path) -> None:
    (tmp_path / "broker-url").write_text("http://user:secret@b/")
    _, (problem,) = read(tmp_path)
    assert problem == f"{tmp_path}: broker-url: URL 1 of 1 must begin with amqp:// or amqps://"
    assert "secret" not in problem.removeprefix(str(tmp_path))
