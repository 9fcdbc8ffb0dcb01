"""What members write: how long it may be, and that there is something to see."""

import unicodedata

from shared.errors import Invalid


def text(name: str, least: int, most: int, value: str) -> str:
    """Give the text without the space around it, or say which rule it breaks."""
    value = value.strip()
    if not least <= len(value) <= most:
        raise Invalid(f"{name} must have {least} to {most} characters, got {len(value)}")
    if least and not any(map(_shows, value)):
        raise Invalid(f"{name} must have a character that shows")
    return value


def line(name: str, least: int, most: int, value: str) -> str:
    """Give the text on one line; one letter is one letter, however it was typed."""
    return text(name, least, most, unicodedata.normalize("NFC", " ".join(value.split())))


def _shows(character: str) -> bool:
    # Neither a control or format character nor a space; Hangul's fillers show nothing either.
    return (
        unicodedata.category(character)[0] not in "CZ"
        and character not in "\u115f\u1160\u3164\uffa0"
    )
