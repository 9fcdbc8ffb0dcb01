"""Walk over Clerk's users, a page each call, and make up for webhooks that never came."""

from dataclasses import dataclass, replace

from functions.user import events, model
from functions.user.clerk import Clerk
from functions.user.model import Step, Walk
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.errors import Unavailable

ENDPOINT = Endpoint("POST", ADMINS_AND_SERVICES)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One step of the walk; `again` until the walk has come to its end."""

    checked: int
    changed: int
    deleted: int
    again: bool


async def handle(context: Context[Store]) -> Reconciled:
    store, clerk = context.store, Clerk.of(context.settings)
    place = await store.walk()
    users = await clerk.walk(place, model.WALK)
    whole = len(users) == model.WALK
    times = [round(user.created_at.timestamp() * 1000) for user in users]
    # Nobody goes on the word of a list: of whom it lacks, Clerk is asked by id.
    met = [user.id for user in users]
    unmet = await store.unmet(place, times[-1] if whole else None, met, model.WALK)
    if unmet and not users and place == Walk():
        raise Unavailable("Clerk has no users at all: is clerk-secret-key another instance's?")
    found = await clerk.among(unmet)
    gone = sorted(set(unmet) - {user.id for user in found})
    # There may be so many in one stretch that it takes another look.
    stay = len(unmet) == model.WALK
    after = replace(place, beyond=unmet[-1]) if stay else place.after(times, whole=whole)
    changed, deleted = await store.reconcile(
        Step((*users, *found), tuple(gone), after),
        context.now,
        created=events.user_created,
        updated=events.user_updated,
        deleted=events.user_deleted,
    )
    return Reconciled(len(users) + len(unmet), changed, deleted, again=stay or whole)
