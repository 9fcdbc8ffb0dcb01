"""Answers in words, for a person."""

import json
from collections.abc import Iterable

from event_stream.client.output import plain, shown, time_of
from proto.stream.v1 import stream_pb2 as pb


def event(found: pb.Event) -> str:
    return json.dumps(plain(found), ensure_ascii=False, indent=2)


def stats(found: pb.StatsResponse) -> str:
    lately, minute = sum(found.per_minute), found.per_minute[-1] if found.per_minute else 0
    rows = [
        ("events", f"{found.total}, {lately} in the last hour, {minute} in this minute"),
        ("lag", f"{found.lag:.3f} s from happening to being kept"),
        ("followers", str(found.subscribers)),
        ("conflicts", str(found.conflicts)),
        ("dead letters", f"{found.dead_letters_waiting} wait"),
        *_counted(found.dead_letters_by_function.items()),
        ("types", str(len(found.by_type))),
        *_counted(found.by_type.items()),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def letter(found: pb.DeadLetter) -> str:
    head = f"{found.id}  {_state(found):<9}  {found.function}  {shown(found.type)}"
    times = f"{found.attempts} attempts, the last at {time_of(found.last_failed_at)}"
    status = f" ({found.last_status})" if found.last_status else ""
    return f"{head}\n    {times}: {shown(found.reason)}{status}: {shown(found.last_error)}"


def letter_history(found: pb.DeadLetterHistory) -> str:
    one = found.dead_letter
    sent = one.raw if one.HasField("raw") else _pretty(one.event)
    lines = [
        letter(one),
        f"    event {one.event_id}, version {one.function_version or 'unknown'}",
    ]
    lines += [f"    {shown(line)}" for line in one.stack.splitlines()]
    for deed in found.actions:
        why = f": {shown(deed.why)}" if deed.why else ""
        lines.append(f"    {time_of(deed.at)}  {deed.caller}  {deed.action}{why}")
    lines += ["", "a retry sends:", sent]
    if one.edited_by:
        lines += ["", "it came as:", shown(found.original)]
    return "\n".join(lines)


def cause(found: pb.Cause) -> str:
    seen = found.seen_until.ToJsonString()
    return (
        f"{found.letters:>5} of {found.function}, the last at {time_of(found.last_failed_at)}\n"
        f"      {shown(found.reason)}: {shown(found.pattern)}\n"
        f"      retry --cause {found.id} --seen-until {seen}"
    )


def run(found: pb.Run) -> str:
    return (
        f"{found.total} are sent again, at most {found.rate} a second: run {found.id}\n"
        f"event-replay-status?id={found.id} tells how far it is"
    )


def decision(found: pb.Decision) -> str:
    lines = [f"{len(found.changed)} changed, {len(found.unchanged)} left as they are"]
    return "\n".join(
        [*lines, *(f"    {one} is not in the state for it" for one in found.unchanged)]
    )


def _counted(found: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
    most = sorted(found, key=lambda one: (-one[1], one[0]))
    return [(f"  {shown(name)}", str(count)) for name, count in most]


def _state(found: pb.DeadLetter) -> str:
    return pb.DeadLetterState.Name(found.state).removeprefix("DEAD_LETTER_STATE_").lower()


def _pretty(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
