from tests.load.stages import Sample, Stage, knee, percentile, summary


def stage(asked: float, p95: float = 20, failed: float = 0, answered: float = 0) -> Stage:
    return Stage(asked, answered or asked, 5, p95, failed)


def test_stage_is_what_came_between_two_samples() -> None:
    before = Sample(10.0, 100, 1, {5: 90, 20: 10})
    after = Sample(20.0, 600, 6, {5: 500, 20: 70, 90: 30})
    assert Stage.between(60, before, after) == Stage(60, 50, 5, 90, 0.01)


def test_percentile_is_the_time_that_a_part_stays_within() -> None:
    times = {3: 50, 7: 45, 90: 5}
    assert [percentile(times, part) for part in (0.5, 0.95, 0.96, 1)] == [3, 7, 90, 90]
    assert percentile({}, 0.95) == 0


def test_stage_holds_while_it_answers_all_soon_and_well() -> None:
    assert stage(100).holds
    assert not stage(100, answered=80).holds
    assert not stage(100, p95=300).holds
    assert not stage(100, failed=0.01).holds


def test_knee_is_the_last_stage_that_held() -> None:
    held, best, bent = stage(50), stage(100), stage(150, p95=900)
    assert knee([held, best, bent, stage(200)]) == best
    assert knee([bent]) is None


def test_summary_says_where_the_knee_is() -> None:
    bent = summary([stage(50), stage(100), stage(150, p95=900)])
    assert bent.endswith(
        "The knee is at 100 requests/s, p95 20 ms; 70 % of it are 70 requests/s."
    )
    assert "does not hold" in bent.splitlines()[3]
    assert "the knee is further up (--to)" in summary([stage(50)])
    assert "begin with less (--from)" in summary([stage(50, failed=1)])
