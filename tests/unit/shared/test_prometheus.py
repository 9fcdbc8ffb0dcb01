"""Prometheus's text format."""

from shared.prometheus import Family, Timing, text


def test_a_family_is_written_with_its_kind_and_meaning() -> None:
    family = Family("a_total", "counter", "What a is.")
    family.add(3, {"one": "1", "two": "2"})
    family.add(0.25, {})
    assert text([family]) == (
        b"# HELP a_total What a is.\n# TYPE a_total counter\n"
        b'a_total{one="1",two="2"} 3\na_total 0.25\n'
    )


def test_labels_are_escaped() -> None:
    family = Family("a", "gauge", "A.")
    family.add(1, {"l": 'back\\slash "quote"\nline'})
    assert family.lines == ['a{l="back\\\\slash \\"quote\\"\\nline"} 1\n']


def test_a_family_of_which_nothing_is_known_is_left_out() -> None:
    assert text([Family("a", "gauge", "A.")]) == b""


def test_buckets_count_all_that_is_not_above_their_bound() -> None:
    timing = Timing()
    timing.buckets[0], timing.buckets[5], timing.buckets[-1] = 2, 1, 1
    timing.seconds = 12.5
    family = Family("t", "histogram", "T.")
    family.add_timing(timing, {"f": "n"})
    bounds = [
        "0.005",
        "0.01",
        "0.025",
        "0.05",
        "0.1",
        "0.25",
        "0.5",
        "1",
        "2.5",
        "5",
        "10",
        "+Inf",
    ]
    counts = [2] * 5 + [3] * 6 + [4]
    assert family.lines == [
        *(
            f't_bucket{{f="n",le="{bound}"}} {count}\n'
            for bound, count in zip(bounds, counts, strict=True)
        ),
        't_sum{f="n"} 12.5\n',
        't_count{f="n"} 4\n',
    ]
