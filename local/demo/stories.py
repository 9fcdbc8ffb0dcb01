"""The demo's stories: one Markdown file each, with its cover, its likes and its comments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "stories"
FENCE = "---\n"


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    summary: str
    content: str
    author: str
    category: str
    tags: tuple[str, ...]
    cover: tuple[str, str, int]
    likes: tuple[str, ...]
    comments: tuple[tuple[str, str], ...]
    featured: bool

    @property
    def people(self) -> set[str]:
        return {self.author, *self.likes, *(member for member, _ in self.comments)}

    def draft(self, cover: str) -> dict[str, Any]:
        """Build what post-create takes."""
        return {
            "title": self.title,
            "summary": self.summary,
            "content": self.content,
            "category": self.category,
            "tags": list(self.tags),
            "cover": cover,
        }


def read_all() -> list[Story]:
    """Read them in the order of publication, the last one being the newest."""
    return [_read(path) for path in sorted(FOLDER.glob("*.md"))]


def _read(path: Path) -> Story:
    _, head, content = path.read_text().split(FENCE, 2)
    about = yaml.safe_load(head)
    motif, palette, seed = about["cover"]
    return Story(
        title=about["title"],
        summary=about["summary"],
        content=content.strip(),
        author=about["author"],
        category=about["category"],
        tags=tuple(about["tags"]),
        cover=(motif, palette, seed),
        likes=tuple(about["likes"]),
        comments=tuple((member, text) for member, text in about["comments"]),
        featured=about.get("featured", False),
    )
