"""ImageKit's URL transformations with Pillow: size, crop, quality, format, blur, greyscale."""

import math
import re
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageColor, ImageFilter, ImageOps

from local.standins.files import BROKEN, Refused

FORMATS = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "avif": "AVIF",
    "gif": "GIF",
}
LARGEST = 4096
# Anybody may ask, and each step costs the time and memory of all the pixels it makes or takes.
MOST_PIXELS = 50_000_000
MOST_STEPS = 10
NAMED = {"ik_ml_thumbnail": "w-300,h-300,c-at_max"}


@dataclass(slots=True)
class Step:
    """One link of the chain: `w-300,h-200` of `w-300,h-200:bl-4`."""

    width: float = 0
    height: float = 0
    crop: str = "maintain_ratio"
    mode: str = ""
    background: str = "ffffff"
    ratio: float = 0
    density: float = 1
    blur: int = 0
    grey: bool = False
    quality: int = 80
    format: str = ""
    ignored: list[str] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    parts = [part for part in text.split(":") if part]
    if len(parts) > MOST_STEPS:
        raise Refused(f"a transformation may have {MOST_STEPS} steps, got {len(parts)}")
    return [_step(part) for part in parts]


def _step(text: str) -> Step:
    step = Step()
    for item in text.split(","):
        key, _, value = item.partition("-")
        if key == "n" and value in NAMED:
            return _step(NAMED[value])
        try:
            known = _set(step, key, value)
        except ValueError:
            known = False
        if not known:
            step.ignored.append(item)
    return step


def _set(step: Step, key: str, value: str) -> bool:
    numbers = {"w": "width", "h": "height", "dpr": "density"}
    words = {"c": "crop", "cm": "mode", "f": "format"}
    if key in numbers:
        setattr(step, numbers[key], _number(value))
    elif key in words:
        setattr(step, words[key], value)
    elif key == "q":
        step.quality = min(max(int(value), 1), 100)
    elif key == "ar":
        across, down = value.split("-")
        step.ratio = _number(across) / (_number(down) or math.inf)
    elif key == "bl":
        step.blur = min(int(value), 100)
    elif key == "bg" and re.fullmatch(r"[0-9A-Fa-f]{6}", value):
        step.background = value
    elif (key, value) == ("e", "grayscale"):
        step.grey = True
    else:
        return False
    return True


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise ValueError(text)
    return number


def apply(content: bytes, steps: list[Step], accept: str) -> tuple[bytes, str]:
    """Run the chain over a picture; returns the new picture and its media type."""
    try:
        with Image.open(BytesIO(content)) as opened:
            _check(opened.size)
            original = opened.format or "PNG"
            image: Image.Image = ImageOps.exif_transpose(opened)
    except BROKEN as error:
        raise Refused(f"the picture cannot be read: {error}") from error
    for step in steps:
        image = _run(image, step)
    last = steps[-1]
    chosen = FORMATS.get(last.format, original)
    if last.format == "auto" and "image/webp" in accept:
        chosen = "WEBP"
    return _encode(image, chosen, last.quality), Image.MIME[chosen]


def _check(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise Refused(f"a picture may have {MOST_PIXELS} pixels, got {size[0]} x {size[1]}")


def _run(image: Image.Image, step: Step) -> Image.Image:
    if image.mode not in {"RGB", "RGBA", "L"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if size := _target(image, step):
        image = _resize(image, size, step)
    if step.blur:
        image = image.filter(ImageFilter.GaussianBlur(step.blur))
    return ImageOps.grayscale(image) if step.grey else image


def _target(image: Image.Image, step: Step) -> tuple[int, int] | None:
    """Work out the asked size; below 1 a number is a share of the original."""
    width = step.width * (image.width if 0 < step.width < 1 else step.density)
    height = step.height * (image.height if 0 < step.height < 1 else step.density)
    if not width and not height and not step.ratio:
        return None
    ratio = step.ratio or image.width / image.height
    if not width and not height:
        width = min(image.width, image.height * ratio)
    width = width or height * ratio
    height = height or width / ratio
    return tuple(round(min(max(side, 1), LARGEST)) for side in (width, height))  # type: ignore[return-value] # two in, two out


def _resize(image: Image.Image, size: tuple[int, int], step: Step) -> Image.Image:
    sharp = Image.Resampling.LANCZOS
    if step.mode == "pad_resize":
        colour = ImageColor.getrgb(f"#{step.background}")
        return ImageOps.pad(image.convert("RGB"), size, sharp, color=colour)
    if step.crop == "force":
        return image.resize(size, sharp)
    if step.crop in {"at_max", "at_max_enlarge"}:
        if step.crop == "at_max":
            size = (min(size[0], image.width), min(size[1], image.height))
        return ImageOps.contain(image, size, sharp)
    if step.crop == "at_least":
        scale = max(size[0] / image.width, size[1] / image.height)
        _check((round(image.width * scale), round(image.height * scale)))
        return ImageOps.cover(image, size, sharp)
    return ImageOps.fit(image, size, sharp)


def _encode(image: Image.Image, chosen: str, quality: int) -> bytes:
    if chosen == "JPEG" and image.mode not in {"RGB", "L"}:
        # A transparent picture as JPEG would turn black where nothing was painted.
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    out = BytesIO()
    if chosen in {"PNG", "GIF"}:
        image.save(out, chosen, optimize=True)
    else:
        image.save(out, chosen, quality=quality)
    return out.getvalue()
