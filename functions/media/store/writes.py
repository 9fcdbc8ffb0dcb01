"""What members change about their pictures, and what is told of it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import imagekitio
import jwt
from imagekitio import AsyncImageKit, omit

from functions.media.model import CHANGED, DELETING, Deleted, Found, Picture, Placing
from functions.media.store.reads import Reads
from functions.media.store.rows import answers, uploaded_of
from shared.errors import NotFound

TICKET_LIFETIME = timedelta(minutes=10)
# How many files ImageKit tags in one call.
BULK = 50
AT_ONCE = 8

Check = Callable[[Found], None]
Act = Callable[[list[str]], Awaitable[None]]


class Writes(Reads):
    client: AsyncImageKit
    public_key: str
    upload_url: str

    async def add(
        self, content: bytes, kind: str, placing: Placing, alt: str, now: datetime
    ) -> Picture:
        with answers():
            made = await self.client.files.upload(
                file=(placing.name, content, kind),
                file_name=placing.name,
                folder=placing.folder,
                tags=placing.tags,
                use_unique_file_name=False,
                overwrite_file=False,
                description=alt or omit,
            )
        return uploaded_of(made, kind, placing.tags, alt, now).picture

    def ticket(self, placing: Placing, now: datetime) -> tuple[dict[str, str], datetime]:
        """Sign every field of a browser's upload, so that it can send these and no others."""
        fields = {
            "fileName": placing.name,
            "folder": placing.folder,
            "tags": ",".join(placing.tags),
            "useUniqueFileName": "false",
            "overwriteFile": "false",
        }
        expire = now + TICKET_LIFETIME
        times = {"iat": int(now.timestamp()), "exp": int(expire.timestamp())}
        token = jwt.encode(
            fields | times, self.client.private_key, "HS256", headers={"kid": self.public_key}
        )
        return fields | {"token": token}, expire.replace(microsecond=0)

    async def change(self, picture_id: str, edit: Callable[[Found], Found]) -> Picture:
        """Keep what `edit` makes of it.

        The tag that says that others have to be told comes first, so that a change of which a
        part fails is told as far as it came, and once more at the end, where it still stands
        unless the relay was here meanwhile. Only what differs is changed: a tag that somebody
        else sets meanwhile stays.
        """
        before = await self.ours(picture_id)
        after = edit(before)
        gone = [tag for tag in before.tags if tag not in after.tags]
        new = [tag for tag in after.tags if tag not in before.tags and tag not in CHANGED]
        told = [tag for tag in after.tags[-1:] if after is not before]
        files = self.client.files
        with answers(f"no picture has the id {picture_id}"):
            if told:
                await files.bulk.add_tags(file_ids=[picture_id], tags=told)
            if gone:
                await files.bulk.remove_tags(file_ids=[picture_id], tags=gone)
            if after.alt != before.alt:
                await files.update(picture_id, description=after.alt)
            if told:
                await files.bulk.add_tags(file_ids=[picture_id], tags=[*new, *told])
        return after.picture

    async def delete(self, picture_id: str, check: Check) -> None:
        """Hide the picture that passes the check; the relay tells of it and removes it."""
        check(await self.ours(picture_id))
        await self.bury([picture_id])

    async def delete_many(self, ids: Sequence[str], check: Check) -> Deleted:
        """Hide all of the pictures, or none when one does not pass the check."""
        places = asyncio.Semaphore(AT_ONCE)

        async def find(picture_id: str) -> Found | None:
            async with places:
                with suppress(NotFound):
                    return await self.ours(picture_id)
                return None

        there = [found for found in await asyncio.gather(*map(find, ids)) if found]
        for found in there:
            check(found)
        known = {found.id for found in there}
        deleted = [picture_id for picture_id in ids if picture_id in known]
        await self.bury(deleted)
        return Deleted(deleted, [picture_id for picture_id in ids if picture_id not in known])

    async def bury(self, ids: Sequence[str]) -> None:
        """Tag for deletion, which hides them; one that is gone already holds up no other."""
        for start in range(0, len(ids), BULK):
            some = list(ids[start : start + BULK])
            await _each_at_worst(some, self._tag)

    async def settle(self, told: Iterable[Found]) -> None:
        """Take the tags away of what others were told, and remove what was to be deleted."""
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for found in told:
            if found.deleting:
                await self.remove(found.id)
            else:
                groups[found.pending].append(found.id)
        for tags, ids in groups.items():
            await _each_at_worst(ids, partial(self._untag, tags))

    async def spare(self, stranger: Found) -> None:
        """Let a file that is none of ours be, without the tags that bring it up again."""
        await _each_at_worst([stranger.id], partial(self._untag, stranger.pending))

    async def remove(self, picture_id: str) -> None:
        with answers(), suppress(imagekitio.NotFoundError):
            await self.client.files.delete(picture_id)

    async def _tag(self, ids: list[str]) -> None:
        with answers():
            await self.client.files.bulk.add_tags(file_ids=ids, tags=[DELETING])

    async def _untag(self, tags: tuple[str, ...], ids: list[str]) -> None:
        with answers():
            await self.client.files.bulk.remove_tags(file_ids=ids, tags=tags)


async def _each_at_worst(ids: list[str], act: Act) -> None:
    """Act on all at once; one that was deleted meanwhile makes ImageKit leave the others."""
    try:
        await act(ids)
    except NotFound:
        for picture_id in ids:
            with suppress(NotFound):
                await act([picture_id])
