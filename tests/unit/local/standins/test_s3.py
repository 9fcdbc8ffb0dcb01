from pathlib import Path

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from local.standins.s3 import OWNER, Kept


def started(folder: Path) -> Client:
    """Start it anew: what was in memory is gone, but for the memory that all of moto shares."""
    kept = Kept(DomainDispatcherApplication(create_backend_app), folder)
    Client(kept).post("/moto-api/reset")
    kept.restore()
    return Client(kept)


def test_objects_last_over_a_restart(tmp_path: Path) -> None:
    first = started(tmp_path)
    body = bytes(range(256))
    assert first.put("/fanfold-events", headers=OWNER).status_code == 200
    assert (
        first.put("/fanfold-events/events/1-2.1.gz", data=body, headers=OWNER).status_code
        == 200
    )
    assert (
        first.put("/fanfold-events/events/1-2.1.gz", data=body * 2, headers=OWNER).status_code
        == 200
    )
    assert first.put("/fanfold-events/gone", data=b"x", headers=OWNER).status_code == 200
    assert first.delete("/fanfold-events/gone", headers=OWNER).status_code == 204

    again = started(tmp_path)
    assert again.get("/fanfold-events/events/1-2.1.gz", headers=OWNER).data == body * 2
    assert again.get("/fanfold-events/gone", headers=OWNER).status_code == 404
    assert again.put("/fanfold-events", headers=OWNER).status_code == 200


def test_nothing_is_kept_that_was_refused(tmp_path: Path) -> None:
    s3 = started(tmp_path)
    assert s3.put("/no-such-bucket/key", data=b"x", headers=OWNER).status_code == 404
    assert s3.put("/fanfold-events/../../key", data=b"x", headers=OWNER).status_code >= 300
    assert list(tmp_path.iterdir()) == []
