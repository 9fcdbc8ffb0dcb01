"""The demo: its members at every start, its posts once, made as members make them."""

import http.client
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from local.accounts import invoking
from local.demo import covers
from local.demo.stories import Story, read_all
from local.gateway_client import Answer, GatewayClient
from local.installation import Installation
from local.progress import Progress
from local.trouble import Trouble

WITHIN = 30.0
ASK_EVERY = 0.1
UNSEEDED = (
    "The demo is not complete; everything else works.\n"
    "make up tries again, python3 -m local up --no-demo goes without its posts."
)


def welcome(installation: Installation, progress: Progress) -> None:
    """See that whoever may sign in at the stand-in is a member here."""
    if not installation.environment["CLERK_STANDIN_URL"]:
        return
    with progress.step("Members") as step:
        count = Demo(installation, {}).welcome()
        step.say(f"{count} may sign in")


def seed(installation: Installation, progress: Progress) -> None:
    """Make the demo when this installation has none; a real Clerk's members are left alone."""
    done = installation.home / "demo.json"
    if done.exists() or not installation.environment["CLERK_STANDIN_URL"]:
        return
    with progress.step("Demo") as step:
        demo = Demo(installation, _half_done(installation))
        stories = read_all()
        for count, story in enumerate(stories, start=1):
            step.say(f"{count} of {len(stories)}: {story.title}")
            demo.publish(story)
        step.say(f"{len(stories)} posts by {len({story.author for story in stories})} members")
        invoking().file(done, json.dumps(demo.published, indent=2) + "\n")


class Demo:
    """`published` is title to post id; it is kept as it grows, so that a second try goes on."""

    def __init__(self, installation: Installation, published: dict[str, str]) -> None:
        self.published = published
        self._installation = installation
        self._client = GatewayClient(installation)
        self._tokens: dict[str, tuple[str, float]] = {}

    def welcome(self) -> int:
        """Have the stand-in announce its members by signed webhooks; count who arrived."""
        # One who is known already hears nothing new: only what is younger is believed.
        self._standin("POST", "/demo/announce")
        members = self._standin("GET", "/demo/members")
        for member in members:
            path = f"/function/user-get?id={quote(member['id'])}"
            self._until(partial(self._client.request, "GET", path), member["name"])
        return len(members)

    def publish(self, story: Story) -> None:
        if story.title in self.published:
            return
        cover = self._upload(story)
        # The author's profile reaches posts as an event, or is asked for: both take a moment.
        answer = self._until(
            lambda: self._call(story.author, "POST", "post-create", story.draft(cover)),
            story.title,
        )
        post_id = answer.json()["id"]
        for member in story.likes:
            self._must(self._call(member, "POST", "like-add", {"post_id": post_id}), "like-add")
        for member, text in story.comments:
            comment = {"post_id": post_id, "text": text}
            self._must(self._call(member, "POST", "comment-create", comment), "comment-create")
        for member in story.people - {story.author}:
            self._must(self._call(member, "POST", "post-visit", {"id": post_id}), "post-visit")
        if story.featured:
            change = {"id": post_id, "featured": True}
            self._must(
                self._call(self._administrator(), "PATCH", "post-patch", change), "post-patch"
            )
        self.published[story.title] = post_id
        half = _half_done_file(self._installation)
        invoking().file(half, json.dumps(self.published))

    def _administrator(self) -> str:
        members = self._standin("GET", "/demo/members")
        return next(str(member["id"]) for member in members if member["role"] == "admin")

    def _upload(self, story: Story) -> str:
        motif, palette, chance = story.cover
        path = f"/function/media-upload?name={motif}-{palette}.jpg"
        headers = self._headers(story.author) | {"Content-Type": "image/jpeg"}
        picture = covers.draw(motif, palette, chance)
        answer = self._must(
            self._client.request("POST", path, picture, headers), "media-upload"
        )
        return str(answer.json()["url"])

    def _call(self, member: str, method: str, function: str, content: Any) -> Answer:  # noqa: ANN401 - any JSON
        headers = self._headers(member) | {"Content-Type": "application/json"}
        body = json.dumps(content).encode()
        return self._client.request(method, f"/function/{function}", body, headers)

    def _headers(self, member: str) -> dict[str, str]:
        token, until = self._tokens.get(member, ("", 0.0))
        if time.monotonic() > until:
            token = str(self._standin("POST", "/demo/token", {"id": member})["token"])
            # A token lives a minute.
            self._tokens[member] = (token, time.monotonic() + 30)
        return {"Authorization": f"Bearer {token}"}

    def _standin(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - any JSON
        url = urlsplit(self._installation.environment["CLERK_STANDIN_URL"])
        connection = http.client.HTTPConnection(url.netloc, timeout=10)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, url.path + path, json.dumps(content), headers)
            return json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Trouble(
                f"the stand-in for Clerk did not answer: {error}", UNSEEDED
            ) from error
        finally:
            connection.close()

    def _until(self, ask: Callable[[], Answer], what: str) -> Answer:
        end = time.monotonic() + WITHIN
        while not (answer := ask()).ok:
            if time.monotonic() > end:
                raise Trouble(f"{what} did not arrive: {answer.reason}", UNSEEDED)
            time.sleep(ASK_EVERY)
        return answer

    def _must(self, answer: Answer, function: str) -> Answer:
        if not answer.ok:
            raise Trouble(f"{function} answered {answer.reason}", UNSEEDED)
        return answer


def _half_done(installation: Installation) -> dict[str, str]:
    path = _half_done_file(installation)
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def _half_done_file(installation: Installation) -> Path:
    return installation.home / "demo.half.json"
