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


def started(found: pb.Run) -> str:
    replays = found.kind == "replay"
    many = _many(found.total, "event" if replays else "dead letter")
    rate, function = f"at most {found.rate} a second", shown(found.function)
    if not found.id:
        return (
            f"{many} would be told to {function}, {rate}: {_duration(found)}\n"
            "nothing was begun; without --dry-run it is"
        )
    deed = f"tells {many} to {function} again" if replays else f"sends {many} again"
    return (
        f"run {found.id} {deed}, {rate}\n"
        f"run {found.id} --watch shows how far it is; pause, resume and cancel take its id"
    )


def run(found: pb.Run) -> str:
    begun = f"begun by {shown(found.started_by)} at {time_of(found.started_at)}"
    ended = f", ended at {time_of(found.ended_at)}" if found.HasField("ended_at") else ""
    return f"{found.id}  {progress(found)}\n    {_deed(found)}, {begun}{ended}"


def progress(found: pb.Run) -> str:
    part = 100 * found.done // found.total if found.total else 100
    counted = f"{found.state:<9}  {found.done} of {found.total} ({part} %)"
    if found.state != "running":
        return counted
    rest = f"{counted}, at most {found.rate} a second: {_duration(found)} left"
    waits = f", waits for {shown(', '.join(found.waits_for))}" if found.waits_for else ""
    return rest + waits


def action(found: pb.Action) -> str:
    count = f" ({found.count})" if found.count > 1 else ""
    why = f": {shown(found.why)}" if found.why else ""
    who, target = shown(found.caller), shown(found.target)
    return f"{time_of(found.at)}  {who}  {shown(found.action)}  {target}{count}{why}"


def conflict(found: pb.Conflict) -> str:
    place = f"{shown(found.subject)} r{found.revision}"
    kind = json.loads(found.event).get("type", "") if found.event else "(its member is gone)"
    return (
        f"{time_of(found.noticed_at)}  {place}  {shown(kind)} {found.id}\n"
        f"    kept apart: get {found.kept_id} shows the event that has its place"
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


def _deed(found: pb.Run) -> str:
    function = shown(found.function) or "several functions"
    if found.kind != "replay":
        return f"retry of dead letters of {function}"
    part = ", ".join([*found.types, *([found.subject] if found.subject else [])])
    return f"replay of {shown(part) or 'everything'} to {function}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _duration(found: pb.Run) -> str:
    """Say how long the rest takes, if nothing is slower than the rate."""
    seconds = -(-(found.total - found.done) // max(found.rate, 1))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
