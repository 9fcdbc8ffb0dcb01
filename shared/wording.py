"""What msgspec says about a value, said as a rule of ours with the field it concerns."""

import re
from typing import Any

import msgspec

# Compiled when first needed, and kept by re: most processes never refuse a value.
_PLACE = r"(?s)(?P<rule>.*?)(?: - at `(?:key in )?\$(?P<field>.*)`)?"
_RULES = [
    # Members read these beside the fields of a form.
    (r"Expected `str` of length >= (\d+)", "{field} must have {0} or more characters"),
    (r"Expected `str` of length <= (\d+)", "{field} must have at most {0} characters"),
    (r"Expected `array` of length >= (\d+)", "{field} must have {0} or more items"),
    (r"Expected `array` of length <= (\d+)", "{field} must have at most {0} items"),
    (r"Expected `(.+)`, got `(.+)`", "{field} must be {0}, got {1}"),
    (r"Expected `(.+?)` (.+)", "{field} must be {0} {1}"),
    (r"Object missing required field `(.+)`", "{inner}{0} is required"),
    (r"Object contains unknown field `(.+)`", "{inner}{0} is not a field of this request"),
    (r"Invalid enum value (.+)", "{field} must be {known}, got {0}"),
    (r"Invalid (?:encoded )?(.+)", "{field} must be {0}"),
    (r"Number out of range", "{field} must be a number in range"),
    (r"JSON is malformed: (.+)", "{field} must be JSON: {0}"),
    (r"Input data was truncated", "{field} must be whole JSON, got a part"),
]


def worded(error: Exception, what: str, hint: object = None) -> str:
    """Say `error` in our tone; `what` names the whole in which the field stands.

    `hint` is the type of the whole: it tells the values that a field may have.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"{what} must be UTF-8: {error.reason}"
    if isinstance(error, RecursionError):
        return f"{what} must not nest this deep"
    place = re.fullmatch(_PLACE, str(error))
    rule, path = (place["rule"], place["field"] or "") if place else (str(error), "")
    field = path.removeprefix(".")
    for pattern, sentence in _RULES:
        match = re.fullmatch(pattern, rule, re.DOTALL)
        if match:
            inner = f"{field}." if field else ""
            known = _known(hint, field) if "{known}" in sentence else ""
            names = {"field": field or what, "inner": inner, "known": known}
            return sentence.format(*match.groups(), **names)
    return f"{field or what}: {rule}"


def _known(hint: object, path: str) -> str:
    """Name the values of a field: `one of asc, desc`."""
    kinds = [msgspec.inspect.type_info(hint)]
    for step in re.findall(r"\[\.\.\.\]|[^.\[\]]+", path):
        kinds = [inner for kind in kinds for inner in _inside(kind, step)]
    values = [
        value for kind in kinds for inner in _inside(kind, "") for value in _values(inner)
    ]
    return f"one of {', '.join(map(str, values))}" if values else "one of its known values"


def _inside(kind: Any, step: str) -> list[Any]:  # noqa: ANN401 - one of msgspec's many
    """Give the types that stand in a type under a name or a place; itself, without a step."""
    if isinstance(kind, msgspec.inspect.UnionType):
        return [inner for one in kind.types for inner in _inside(one, step)]
    if not step:
        return [kind]
    if step == "[...]" or step.isdigit():
        names = ("item_type", "value_type")
        return [getattr(kind, name) for name in names if hasattr(kind, name)]
    fields = getattr(kind, "fields", ())
    return [field.type for field in fields if field.encode_name == step]


def _values(kind: Any) -> list[object]:  # noqa: ANN401 - one of msgspec's many
    if isinstance(kind, msgspec.inspect.EnumType):
        return [member.value for member in kind.cls]
    return list(kind.values) if isinstance(kind, msgspec.inspect.LiteralType) else []
