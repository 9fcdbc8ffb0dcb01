"""Labels, variables and limits mean what OpenFaaS says; what means nothing is refused."""

import math

import pytest

from gateway.limits import Limits, Scaling
from gateway.wire import Deployment, Malformed

SCALE = "com.openfaas.scale."


def limits(**members: dict[str, str]) -> Limits:
    return Limits.of(Deployment(service="f", image="fanfold/f", **members), 60.0)  # type: ignore[arg-type] # maps only


def scaling(**labels: str) -> Scaling:
    named = {SCALE + name.replace("_", "-"): value for name, value in labels.items()}
    return limits(labels=named).scaling


def test_limits_are_read_from_variables_and_labels() -> None:
    found = limits(
        env_vars={"exec_timeout": "5s", "max_inflight": "3"},
        labels={
            "com.openfaas.scale.min": "2",
            "com.openfaas.scale.max": "4",
            "com.openfaas.scale.zero": "true",
            "com.openfaas.scale.zero-duration": "10m",
        },
    )
    assert found == Limits(5.0, 3, 2, 4, True, 600.0, Scaling.of({}), 10, 0, 0)


def test_limits_have_defaults() -> None:
    assert limits() == Limits(60.0, 0, 1, 20, False, 900.0, Scaling.of({}), 10, 0, 0)
    assert limits(env_vars={"exec_timeout": "0"}).timeout == math.inf


@pytest.mark.parametrize("label", ["com.openfaas.scale.min", "com.openfaas.scale.max"])
@pytest.mark.parametrize("number", ["201", "99999999", "9" * 5000])
def test_more_replicas_than_a_machine_has_are_refused(label: str, number: str) -> None:
    with pytest.raises(Malformed, match=f"label {label} must be at most 200, got [0-9]+"):
        limits(labels={label: number})


def test_function_that_says_nothing_gets_another_replica_when_a_core_is_full() -> None:
    assert scaling() == Scaling("cpu", 1000.0, 0.9, 30.0, own=True)


def test_labels_have_the_defaults_of_openfaas() -> None:
    assert scaling(target="10") == Scaling("rps", 10.0, 0.9, 30.0, own=False)
    assert scaling(type="capacity") == Scaling("capacity", 50.0, 0.9, 30.0, own=False)


def test_all_labels_are_read() -> None:
    labels = {"type": "cpu", "target": "100", "target_proportion": "0.5", "down.window": "5m"}
    assert scaling(**labels) == Scaling("cpu", 100.0, 0.5, 300.0, own=False)


@pytest.mark.parametrize(
    ("target", "proportion", "load", "expected"),
    # The examples of docs.openfaas.com, then the edges.
    [
        ("5", "1.0", 15, 3),
        ("5", "1.0", 25, 5),
        ("5", "1.0", 0, 0),
        ("100", "0.7", 90, 2),
        ("1", "0.3", 0.9, 3),
        ("1", "1.0", 1.01, 2),
    ],
)
def test_load_asks_for_replicas(
    target: str, proportion: str, load: float, expected: int
) -> None:
    found = scaling(type="capacity", target=target, target_proportion=proportion)
    assert found.replicas(load) == expected


@pytest.mark.parametrize(
    ("label", "value", "rule"),
    [
        ("type", "queue", "type must be one of rps, capacity, cpu, got queue"),
        ("target", "0", "target must be a number above 0, got 0"),
        ("target", "many", "target must be a number above 0, got many"),
        ("target", "inf", "target must be a number above 0, got inf"),
        ("target_proportion", "-1", "target-proportion must be a number above 0, got -1"),
        ("down.window", "6m", "down.window must be at most 5m, got 6m"),
        ("down.window", "soon", "down.window: a duration is written like"),
        ("max", "201", "max must be at most 200, got 201"),
    ],
)
def test_label_that_means_nothing_is_refused(label: str, value: str, rule: str) -> None:
    with pytest.raises(Malformed, match=f"label {SCALE}{rule}"):
        scaling(**{label: value})


def test_resources_are_bytes_and_thousandths_of_a_core() -> None:
    found = limits(limits={"memory": "128Mi", "cpu": "1.5"}, requests={"memory": "1Gi"})
    assert (found.memory, found.cpu) == (128 << 20, 1500)
    assert (limits().memory, limits().cpu) == (0, 0)


@pytest.mark.parametrize("kind", ["limits", "requests"])
@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("memory", "128MB", "memory: a quantity is written like .*, got '128MB'"),
        ("memory", "128m", "memory must be at least 1Mi, got 128m, which is 0 bytes"),
        ("cpu", "0.1m", "cpu must be at least 1m, a thousandth of a core, got 0.1m"),
        ("cpu", "half", "cpu: a quantity is written like .*, got 'half'"),
    ],
)
def test_resource_that_means_nothing_is_refused(
    kind: str, name: str, value: str, rule: str
) -> None:
    with pytest.raises(Malformed, match=rf"^{kind}\.{rule}"):
        limits(**{kind: {name: value}})


def test_factor_is_a_percentage() -> None:
    factors = ("", "0", "35", "400", "all")
    found = [limits(labels={f"{SCALE}factor": factor}).factor for factor in factors]
    assert found == [10, 0, 35, 100, 10]
