"""Draw a folded-paper portrait from a name, the same one every time."""

import hashlib
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = 256
# Paper, ink and one accent: each palette reads well beside the others in a list of comments.
PALETTES = (
    ("#f4e9dc", "#20304a", "#d9573f"),
    ("#e3ecef", "#1d4d4f", "#e2a63d"),
    ("#efe4ee", "#4b2e57", "#3f8f8b"),
    ("#e9eedd", "#3a4a26", "#c4622d"),
    ("#f3e2dd", "#5a2433", "#4a76a8"),
    ("#e4e6f2", "#27305f", "#c98a2b"),
)


def portrait(name: str) -> bytes:
    """Fold three sheets over the paper; the name decides colours and creases."""
    digest = hashlib.sha256(name.encode()).digest()
    paper, ink, accent = PALETTES[digest[8] % len(PALETTES)]
    # Drawn at twice the size and reduced: Pillow's polygons have no soft edges of their own.
    edge = SIZE * 2
    image = Image.new("RGB", (edge, edge), paper)
    draw = ImageDraw.Draw(image, "RGBA")
    centre = tuple(edge * (0.35 + digest[index] / 850) for index in (1, 2))
    corners = [(0, 0), (edge, 0), (edge, edge), (0, edge)]
    first = digest[3] % 4
    for step, (colour, alpha) in enumerate(((ink, 255), (accent, 235), (ink, 120))):
        here, following = corners[(first + step) % 4], corners[(first + step + 1) % 4]
        draw.polygon([centre, here, following], fill=_with_alpha(colour, alpha))
    reduced = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    out = BytesIO()
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


def _with_alpha(colour: str, alpha: int) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return red, green, blue, alpha
