import io

import pytest
from PIL import Image

from local.demo import covers
from local.demo.stories import Story, read_all


def test_stories_are_complete() -> None:
    stories = read_all()

    assert len(stories) == 6
    assert len({story.author for story in stories}) == 4
    assert all(story.likes and story.comments and story.content for story in stories)
    assert sum(story.featured for story in stories) == 2


@pytest.mark.parametrize("story", read_all(), ids=lambda story: story.title)
def test_cover_is_a_picture_that_may_be_uploaded(story: Story) -> None:
    motif, palette, seed = story.cover

    picture = covers.draw(motif, palette, seed)

    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("JPEG", covers.SIZE)
    assert len(picture) < 1_000_000
