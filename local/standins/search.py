"""The part of ImageKit's search language that Fanfold speaks."""

import re
from collections.abc import Callable
from operator import ge, gt, le, lt

from local.standins.files import File, Refused

CLAUSE = re.compile(
    r"""^"?(?P<field>tags|name|path|type|createdAt)"?\s*
        (?P<operator>NOT\s+IN|IN|<=|>=|<|>|=|:)\s*
        (?P<value>\[.*\]|"[^"]*")$""",
    re.IGNORECASE | re.VERBOSE,
)
# Times are compared as ImageKit writes them: in UTC, and with as many digits each.
COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
VALUE = re.compile(r'"([^"]*)"')
SORTS: dict[str, Callable[[File], tuple[object, ...]]] = {
    "NAME": lambda file: (file.name, file.id),
    "CREATED": lambda file: (file.created_at, file.id),
    "UPDATED": lambda file: (file.updated_at, file.id),
    "SIZE": lambda file: (file.size, file.id),
}


def matching(query: str) -> Callable[[File], bool]:
    """Read clauses joined by AND, such as `tags IN ["unsent"] AND type = "file"`."""
    clauses = [_clause(part) for part in re.split(r"\s+AND\s+", query) if part.strip()]
    return lambda file: all(clause(file) for clause in clauses)


def _clause(text: str) -> Callable[[File], bool]:
    match = CLAUSE.match(text.strip())
    if match is None:
        raise Refused(f"the stand-in knows field IN [..], = and : joined by AND, not {text!r}")
    field, operator = match["field"].lower(), match["operator"].upper()
    wanted = set(VALUE.findall(match["value"]))
    if (operator in COMPARE) != (field == "createdat"):
        raise Refused(f"the stand-in compares createdAt by <, <=, > and >= only, not {text!r}")
    if compare := COMPARE.get(operator):
        return lambda file: all(compare(file.created_at, value) for value in wanted)
    if operator == ":":
        return lambda file: any(
            value in had for value in wanted for had in _values(file, field)
        )
    if operator in {"IN", "="}:
        return lambda file: bool(wanted & _values(file, field))
    return lambda file: not wanted & _values(file, field)


def _values(file: File, field: str) -> set[str]:
    match field:
        case "tags":
            return set(file.tags)
        case "name":
            return {file.name}
        case "path":
            return {file.folder or "/", file.path}
        case _:
            return {"file"}


def ordered(files: list[File], sort: str) -> list[File]:
    direction, _, by = sort.partition("_")
    if by not in SORTS or direction not in {"ASC", "DESC"}:
        raise Refused(f"sort must be ASC_ or DESC_ with {', '.join(SORTS)}, got {sort}")
    return sorted(files, key=SORTS[by], reverse=direction == "DESC")
