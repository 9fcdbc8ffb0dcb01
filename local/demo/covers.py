"""Covers for the demo's stories: drawn, so that the repository carries no pictures."""

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIZE = (1600, 900)
# Drawn larger and reduced, which is what makes the edges smooth.
SCALE = 2
GRAIN = 0.045

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    sky: tuple[str, str]
    far: str
    near: str
    light: str


PALETTES = {
    "dawn": Palette(("#f6d9bd", "#e9a58b"), "#cf7f74", "#3d2a45", "#fff3df"),
    "night": Palette(("#14213d", "#3b4a7a"), "#2c3763", "#0b1022", "#f7e8c4"),
    "sea": Palette(("#dcebe6", "#9cc7c4"), "#6fa8ab", "#12424f", "#fffdf2"),
    "field": Palette(("#f4ecd2", "#d9cf96"), "#b0b06a", "#2f4a35", "#fff8dd"),
    "paper": Palette(("#f3eee6", "#e2d6c6"), "#c9b8a4", "#8c3f2f", "#fffaf2"),
    "dusk": Palette(("#e9c7d0", "#8d7fb0"), "#6c5f98", "#241d3f", "#ffeede"),
}


def draw(motif: str, palette: str, seed: int) -> bytes:
    """Draw that motif as a JPEG; the same words give the same picture."""
    chosen = PALETTES[palette]
    width, height = SIZE[0] * SCALE, SIZE[1] * SCALE
    image = _gradient(width, height, chosen.sky)
    MOTIFS[motif](image, chosen, random.Random(seed))  # noqa: S311 - a picture is no secret
    image = _grained(image.resize(SIZE, Image.Resampling.LANCZOS))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    return out.getvalue()


def _gradient(width: int, height: int, colours: tuple[str, str]) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width, height))
    return ImageOps.colorize(ramp, *colours)


def _grained(image: Image.Image) -> Image.Image:
    noise = Image.effect_noise(image.size, 60).convert("RGB")
    return Image.blend(image, noise, GRAIN)


def _mixed(one: str, other: str, share: float) -> tuple[int, int, int]:
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return red, green, blue


def _disc(image: Image.Image, colour: str, centre: Point, radius: float) -> None:
    """Draw a sun or a moon, with its glow."""
    glow = Image.new("L", image.size, 0)
    box = [centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius]
    pen = ImageDraw.Draw(glow)
    pen.ellipse([box[0] - radius, box[1] - radius, box[2] + radius, box[3] + radius], fill=90)
    # A blur at full size takes seconds; the glow has no detail to lose.
    small = glow.resize((image.width // 8, image.height // 8))
    glow = small.filter(ImageFilter.GaussianBlur(radius / 14)).resize(image.size)
    image.paste(Image.new("RGB", image.size, colour), mask=glow)
    ImageDraw.Draw(image).ellipse(box, fill=colour)


def _ridge(chance: random.Random, width: int, level: float, height: float) -> list[Point]:
    """Trace a line of hills: a few waves that do not repeat together."""
    waves = [
        (height / (n + 1), chance.uniform(0.7, 1.4) * (n + 1), chance.uniform(0, math.tau))
        for n in range(4)
    ]
    return [
        (x, level - sum(a * math.sin(f * math.tau * x / width + p) for a, f, p in waves))
        for x in range(0, width + 16, 16)
    ]


def _hills(image: Image.Image, palette: Palette, chance: random.Random) -> None:
    width, height = image.size
    _disc(
        image, palette.light, (width * chance.uniform(0.6, 0.8), height * 0.3), height * 0.085
    )
    pen = ImageDraw.Draw(image)
    for layer in range(6):
        share = layer / 5
        line = _ridge(chance, width, height * (0.5 + 0.085 * layer), height * 0.055)
        pen.polygon(
            [(0, height), *line, (width, height)], _mixed(palette.far, palette.near, share)
        )


def _waves(image: Image.Image, palette: Palette, chance: random.Random) -> None:
    width, height = image.size
    _disc(image, palette.light, (width * chance.uniform(0.2, 0.4), height * 0.32), height * 0.1)
    pen = ImageDraw.Draw(image)
    rows = 15
    for row in range(rows):
        share = row / (rows - 1)
        level, lift = height * (0.46 + 0.6 * share**1.25), height * (0.008 + 0.03 * share)
        length, phase = width * (0.09 + 0.2 * share), chance.uniform(0, math.tau)
        line = [
            (x, level - lift * abs(math.sin(math.pi * x / length + phase)))
            for x in range(0, width + 8, 8)
        ]
        pen.polygon(
            [(0, height), *line, (width, height)], _mixed(palette.far, palette.near, share)
        )


def _stars(image: Image.Image, palette: Palette, chance: random.Random) -> None:
    width, height = image.size
    pen = ImageDraw.Draw(image)
    for _ in range(260):
        x, y = chance.uniform(0, width), height * 0.72 * chance.random() ** 1.3
        size = chance.choice((2, 2, 3, 3, 5))
        tint = _mixed(palette.sky[1], palette.light, chance.uniform(0.4, 1))
        pen.ellipse([x - size, y - size, x + size, y + size], fill=tint)
    _hills(image, palette, chance)


def _folds(image: Image.Image, palette: Palette, chance: random.Random) -> None:
    """Fold paper: triangles of one sheet, each in its own light."""
    width, height = image.size
    pen = ImageDraw.Draw(image)
    columns, rows = 8, 5
    corner = {
        (i, j): (
            width * (i + (chance.uniform(-0.3, 0.3) if 0 < i < columns else 0)) / columns,
            height * (j + (chance.uniform(-0.3, 0.3) if 0 < j < rows else 0)) / rows,
        )
        for i in range(columns + 1)
        for j in range(rows + 1)
    }
    for i in range(columns):
        for j in range(rows):
            square = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]]
            for three in (square[:3], [square[0], square[2], square[3]]):
                slope = (i / columns + j / rows) / 2
                share = min(1.0, max(0.0, slope**2 + chance.uniform(-0.12, 0.12)))
                pen.polygon(three, _mixed(palette.sky[0], palette.near, share))


def _rings(image: Image.Image, palette: Palette, chance: random.Random) -> None:
    """Draw the rings of a tree, or of a stone thrown into still water."""
    width, height = image.size
    pen = ImageDraw.Draw(image)
    x, y = width * chance.uniform(0.55, 0.75), height * chance.uniform(0.4, 0.6)
    waves = [(n, chance.uniform(0, math.tau)) for n in (2, 3, 5)]
    count = 26
    for ring in range(count, 0, -1):
        radius = height * 1.25 * (ring / count) ** 1.1
        line = []
        for step in range(180):
            angle = math.tau * step / 180
            swell = sum(math.sin(n * angle + phase) / n for n, phase in waves)
            reach = radius * (1 + 0.09 * swell)
            line.append((x + reach * 1.15 * math.cos(angle), y + reach * math.sin(angle)))
        share = 0.15 + 0.85 * (1 - ring / count) if ring % 2 else 0.08 * ring / count
        pen.polygon(line, _mixed(palette.sky[0], palette.near, share))


MOTIFS: dict[str, Callable[[Image.Image, Palette, random.Random], None]] = {
    "hills": _hills,
    "waves": _waves,
    "stars": _stars,
    "folds": _folds,
    "rings": _rings,
}
