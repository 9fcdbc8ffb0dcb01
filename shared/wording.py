"""What msgspec says about a value, said as a rule of ours with the field it concerns."""

import re

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
    (r"Invalid enum value (.+)", "{field} must be one of its known values, got {0}"),
    (r"Invalid (?:encoded )?(.+)", "{field} must be {0}"),
    (r"Number out of range", "{field} must be a number in range"),
    (r"JSON is malformed: (.+)", "{field} must be JSON: {0}"),
    (r"Input data was truncated", "{field} must be whole JSON, got a part"),
]


def worded(error: Exception, what: str) -> str:
    """Say `error` in our tone; `what` names the whole in which the field stands."""
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
            return sentence.format(*match.groups(), field=field or what, inner=inner)
    return f"{field or what}: {rule}"
