from pathlib import Path

from shared import runtime

ROOT = Path(runtime.__file__).parents[1]


def test_preloaded_is_every_adapter_and_every_service_s_events() -> None:
    adapters = {f"shared.databases.{each.parent.name}" for each in adapter_packages()}
    events = {
        ".".join(each.relative_to(ROOT).with_suffix("").parts)
        for each in ROOT.glob("proto/*/v1/events_pb2.py")
    }
    assert set(runtime.PRELOADED) == {"shared.pages"} | adapters | events


def adapter_packages() -> list[Path]:
    return list(ROOT.glob("shared/databases/*/__init__.py"))
