import json

from event_connector.deployed.gateway import Deployed
from event_connector.deployed.merged import Places, unfolded
from event_connector.deployed.topics import wishes
from shared.places import CONSUMERS

RELAY = {"com.fanfold.every": "500ms"}
TOLD = {"topic": "user.created,user.updated"}
POST = Deployed(
    name="post",
    image="fanfold/post:1",
    annotations={CONSUMERS: json.dumps({"relay": RELAY, "on-user-updated": TOLD})},
)


def test_consumers_of_a_service_are_functions_under_their_own_names() -> None:
    functions, places = unfolded([POST, Deployed(name="site")])
    assert {one.name: one.annotations for one in functions} == {
        "site": None,
        "post-relay": RELAY,
        "post-on-user-updated": TOLD,
    }
    assert {one.name: one.image for one in functions} == {
        "site": "",
        "post-relay": "fanfold/post:1",
        "post-on-user-updated": "fanfold/post:1",
    }
    assert [places.path(name) for name in ("post-on-user-updated", "post-get", "site")] == [
        "/function/post/on-user-updated",
        "/function/post/get",
        "/function/site",
    ]
    found = wishes("post-on-user-updated", TOLD).subscription
    assert found is not None
    assert found.queue == "fn.post-on-user-updated"


def test_function_of_itself_comes_before_its_service() -> None:
    """So that an installation can change from one form to the other without a pause."""
    other = {"topic": "user.updated"}
    alone = Deployed(name="post-on-user-updated", annotations=other)
    functions, places = unfolded([POST, alone])
    named = [one.name for one in functions]
    assert sorted(named) == ["post-on-user-updated", "post-relay"]
    assert next(one for one in functions if one.name == alone.name).annotations == other
    assert places.path("post-on-user-updated") == "/function/post-on-user-updated"
    assert places.path("post-relay") == "/function/post/relay"


def test_consumers_that_cannot_be_read_are_complained_of() -> None:
    for text in ("{", '["relay"]', '{"relay": {"com.fanfold.every": 5}}'):
        functions, _ = unfolded([Deployed(name="post", annotations={CONSUMERS: text})])
        [function] = functions
        found = wishes(function.name, function.annotations or {})
        assert (found.subscription, found.schedule) == (None, None)
        assert CONSUMERS in found.complaints[0]
        assert (
            "consumers are a JSON map from operation to its annotations"
            in (found.complaints[0])
        )


def test_places_of_a_gateway_never_seen_are_their_own() -> None:
    assert Places().path("event-list") == "/function/event-list"


def test_version_is_the_same_after_a_fall() -> None:
    told = {"com.fanfold.restarts": "3", "com.fanfold.last-exit": "exited with status 3"}
    asked = {"topic": "post.*"}
    plain, fallen, other = (
        Deployed(name="a", image="fanfold/a:1.2", annotations=annotations).version
        for annotations in (asked, {**asked, **told}, {"topic": "user.*"})
    )
    assert plain == fallen
    assert plain != other
