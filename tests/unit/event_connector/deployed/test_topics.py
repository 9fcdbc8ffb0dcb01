"""Annotations become subscriptions, and topics match as RabbitMQ matches them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_connector.deployed.cron import Cron
from event_connector.deployed.patterns import matches
from event_connector.deployed.topics import (
    Schedule,
    Start,
    Subscription,
    Wishes,
    wishes,
)
from shared.retries import Policy

DURATION = (
    "com.openfaas.retry.min_wait: a duration is written like 500ms, 10s or 1m30s, got '5d'"
)


def test_wishes_of_a_consumer_take_defaults() -> None:
    assert wishes("like-on-post-created", {"topic": "post.created"}) == Wishes(
        Subscription("like-on-post-created", ("post.created",)), None, ()
    )


def test_wishes_read_every_annotation() -> None:
    annotations = {
        "topic": " post.*, like.added ,,post.*",
        "com.fanfold.exchange": "events.dead",
        "com.fanfold.concurrency": "8",
        "com.fanfold.start": "now",
        "com.fanfold.every": "1m30s",
        "com.openfaas.retry.attempts": "3",
        "com.openfaas.retry.min_wait": "500ms",
        "com.openfaas.retry.max_wait": "2h",
        "com.openfaas.retry.codes": "429, 503",
    }
    assert wishes("a", annotations) == Wishes(
        Subscription(
            function="a",
            patterns=("post.*", "like.added"),
            exchange="events.dead",
            policy=Policy(3, 0.5, 7200.0, frozenset({429, 503})),
            concurrency=8,
            prefetch=40,
            start=Start.NOW,
        ),
        Schedule("a", 90.0),
        (),
    )


def test_prefetch_is_no_more_than_a_channel_holds() -> None:
    wide = {"topic": "a", "com.fanfold.batch": "1000", "com.fanfold.concurrency": "40"}
    found = wishes("a", wide).subscription
    assert found
    assert found.prefetch == 65_535

    asked = wishes("a", {"topic": "a", "com.fanfold.prefetch": "70000"})
    assert (asked.subscription, asked.complaints) == (
        Subscription("a", ("a",)),
        ("com.fanfold.prefetch: a channel holds 65535 messages at most, got 70000",),
    )


def test_wishes_of_other_functions_are_none() -> None:
    assert wishes("a", {"topic": " , ", "other": "x"}) == Wishes(None, None, ())


def test_wishes_complain_of_what_they_cannot_read_and_consume_all_the_same() -> None:
    annotations = {
        "topic": "post.*",
        "com.fanfold.concurrency": "0",
        "com.fanfold.start": "tomorrow",
        "com.fanfold.every": "1ms",
        "com.openfaas.retry.min_wait": "5d",
        "com.openfaas.retry.codes": "5xx",
    }
    assert wishes("a", annotations) == Wishes(
        Subscription("a", ("post.*",)),
        None,
        (
            "com.fanfold.concurrency: a whole number from 1 on is expected, got '0'",
            DURATION,
            "com.openfaas.retry.codes: a whole number from 1 on is expected, got '5xx'",
            "com.fanfold.start: a new queue starts at beginning or now, got 'tomorrow'",
            "com.fanfold.every: the clock ticks every 100ms at most, got '1ms'",
        ),
    )


@pytest.mark.parametrize(
    ("subscription", "filled"),
    [
        (Subscription("a", ("post.*",)), True),
        (Subscription("a", ("post.*",), start=Start.NOW), False),
        (Subscription("a", ("#",), exchange="events.dead"), False),
        (Subscription("event-store", ("#",)), False),
        (Subscription("event-dead-letter-store", ("#",), exchange="events.dead"), False),
    ],
)
def test_subscription_is_filled_unless_it_starts_now_or_keeps_events(
    *, subscription: Subscription, filled: bool
) -> None:
    assert subscription.filled is filled


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("post.created", "post.created", True),
        ("post.created", "post.createds", False),
        ("post.created", "postxcreated", False),
        ("post.*", "post.created", True),
        ("post.*", "post", False),
        ("post.*", "post.a.b", False),
        ("*", "post", True),
        ("*", "", True),
        ("#", "", True),
        ("#", "a.b.c", True),
        ("post.#", "post", True),
        ("post.#", "post.a.b", True),
        ("post.#", "postal", False),
        ("#.created", "post.created", True),
        ("#.created", "created", True),
        ("a.#.z", "a.z", True),
        ("a.#.z", "a.b.c.z", True),
        ("a.*.#", "a", False),
        ("#.*", "a", True),
    ],
)
def test_matches_as_a_topic_exchange(*, pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected


def _oracle(pattern: list[str], key: list[str]) -> bool:
    """The rule, word by word."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return _oracle(pattern[1:], key) or bool(key and _oracle(pattern, key[1:]))
    return bool(key) and pattern[0] in {"*", key[0]} and _oracle(pattern[1:], key[1:])


@given(
    st.lists(st.sampled_from(["a", "b", "*", "#"]), min_size=1, max_size=6),
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6),
)
def test_matches_agrees_with_the_rule(pattern: list[str], key: list[str]) -> None:
    assert matches(".".join(pattern), ".".join(key)) is _oracle(pattern, key)


def test_functions_of_the_cron_connector_have_a_schedule_and_no_queue() -> None:
    found = wishes("digest", {"topic": "cron-function", "schedule": "*/5 * * * *"})
    assert found == Wishes(None, Schedule("digest", cron=Cron("*/5 * * * *")), ())
    found = wishes("digest", {"topic": "cron-function", "schedule": "@every 1m30s"})
    assert found == Wishes(None, Schedule("digest", 90.0), ())
    both = wishes("digest", {"topic": "cron-function,post.*", "schedule": "@daily"})
    assert both.subscription
    assert both.subscription.patterns == ("post.*",)
    assert both.schedule == Schedule("digest", cron=Cron("@daily"))


def test_schedule_that_cannot_be_read_is_complained_of() -> None:
    lacking = wishes("digest", {"topic": "cron-function"})
    told = ("schedule: a function with the topic cron-function needs one",)
    assert lacking == Wishes(None, None, told)
    wrong = wishes("digest", {"topic": "cron-function", "schedule": "61 * * * *"})
    assert wrong.complaints == ("schedule: Bad minute in the schedule '61 * * * *'",)
    assert wishes("a", {"topic": "post.*", "schedule": "@daily"}).schedule is None


def test_topic_that_no_binding_takes_is_complained_of_and_left_out() -> None:
    found = wishes("a", {"topic": f"post.*,{'ä' * 127}.x,{'a' * 255}"})
    assert found.subscription
    assert found.subscription.patterns == ("post.*", "a" * 255)
    assert found.complaints == ("topic: a topic has 255 bytes at most, got 256",)
