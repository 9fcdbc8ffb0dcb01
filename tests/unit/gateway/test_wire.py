"""The JSON that Go clients send and decode."""

from datetime import UTC, datetime

import pytest

from gateway import wire
from gateway.wire import Deployment, FunctionStatus, Malformed, Secret

RECORDED = (
    b'{"service":"post-create","image":"social/post-create:0.1","envProcess":"python index.py",'
    b'"envVars":{"A":"from-file","write_timeout":"10s"},"constraints":["node.x == y"],'
    b'"secrets":["db-dsn"],"labels":{"com.openfaas.scale.min":"1"},'
    b'"annotations":{"topic":"posts"},"limits":{"memory":"128Mi","cpu":"100m"},'
    b'"requests":{"memory":"64Mi"},"readOnlyRootFilesystem":true}'
)


def test_deployment_of_faas_cli_is_read_whole() -> None:
    assert wire.decode(RECORDED, Deployment) == Deployment(
        service="post-create",
        image="social/post-create:0.1",
        env_process="python index.py",
        env_vars={"A": "from-file", "write_timeout": "10s"},
        constraints=["node.x == y"],
        secrets=["db-dsn"],
        labels={"com.openfaas.scale.min": "1"},
        annotations={"topic": "posts"},
        limits={"memory": "128Mi", "cpu": "100m"},
        requests={"memory": "64Mi"},
        read_only_root_filesystem=True,
    )


def test_null_counts_as_absent_and_unknown_members_are_passed_over() -> None:
    body = b'{"service":"a","image":"b","labels":null,"secrets":null,"registryAuth":"x"}'
    assert wire.decode(body, Deployment) == Deployment(service="a", image="b")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b'{"service":1,"image":"b"}',
        b'{"image":"b"}',
        b'{"service":"\xff","image":"b"}',
        b"[" * 100_000,
        b'{"service":' + b"[" * 100_000,
    ],
)
def test_what_is_no_deployment_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="the body is not a Deployment: "):
        wire.decode(body, Deployment)


def test_status_always_has_labels_and_annotations_and_leaves_out_what_is_empty() -> None:
    status = FunctionStatus(
        name="a",
        image="b",
        namespace="openfaas-fn",
        replicas=1,
        available_replicas=0,
        invocation_count=3,
        labels={},
        annotations={},
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert wire.encode(status) == (
        b'{"name":"a","image":"b","namespace":"openfaas-fn","replicas":1,'
        b'"availableReplicas":0,"invocationCount":3,"labels":{},"annotations":{},'
        b'"createdAt":"2026-01-02T00:00:00Z"}'
    )


def test_raw_value_of_a_secret_wins() -> None:
    secret = wire.decode(b'{"name":"a","value":"trimmed","rawValue":"cmF3Cg=="}', Secret)
    assert secret.content == b"raw\n"
    assert wire.decode(b'{"name":"a","value":"v"}', Secret).content == b"v"


def test_listed_secret_has_no_value() -> None:
    assert wire.encode(Secret("a", "ns")) == b'{"name":"a","namespace":"ns"}'
