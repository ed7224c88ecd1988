"""Pictures of the main pages of the sample site, light, dark and telephone-sized: `python -m tests.ui.screenshots`."""

import sys
import tempfile
from pathlib import Path

from appliance.app import Appliance
from appliance.hub import state
from tests.ui import sample
from tests.ui.browser import DESK, PHONE, Watched, launched

PLACE = Path(__file__).resolve().parent.parent.parent / "docs" / "ui"
_LOOKS = {
    "light": {"size": DESK, "color_scheme": "light"},
    "dark": {"size": DESK, "color_scheme": "dark"},
    "phone": {"size": PHONE, "color_scheme": "light", "device_scale_factor": 2, "has_touch": True},
}
_BUILD = "SELECT b.id FROM build b JOIN package p ON p.id = b.pkg_id WHERE p.name = :name AND b.version = :version"


def pages(hub) -> dict[str, str]:
    """{name of the picture: address}."""
    with hub.read() as call:

        def build(name: str, version: str) -> int:
            return call.tx.value(_BUILD, {"name": name, "version": version})

        task = call.tx.value("SELECT f.task_id FROM task_failure f WHERE f.log = 'build.log'")
        line = call.tx.value("SELECT line FROM task_failure WHERE task_id = :task", {"task": task})
        good, failed = build("libquay", "1.4.2"), build("tidewater", "3.2.0")
    return {
        "home": "/", "build": f"/builds/{good}", "build-failed": f"/builds/{failed}",
        "build-changes": f"/builds/{good}?view=changes", "tag": "/tags/f42-build",
        "project": "/coprs/mira/lighthouse/", "project-monitor": "/coprs/mira/lighthouse/?view=monitor",
        "log": f"/logs/task/{task}/build.log?line={line}#L{line}", "submit": "/submit",
    }  # fmt: skip


def main(place: Path = PLACE) -> int:
    """Write the pictures; the exit status."""
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="appliance-pictures-") as room:
        hub = state.open_hub(sample.made(Path(room) / "state"))
        hub.settings.title = "Harbor"
        appliance = Appliance(hub, "127.0.0.1:0", builder=False)
        appliance.start()
        with hub.write() as call:
            call.tx.execute("UPDATE host SET ready = 1")
        try:
            with launched() as browser:
                faults = [fault for look in _LOOKS for fault in _pictures(browser, appliance.url, hub, look, place)]
        finally:
            appliance.stop()
    for fault in faults:
        print(fault)
    return bool(faults)


def _pictures(browser, url: str, hub, look: str, place: Path) -> list[str]:
    watched = Watched(browser, url, **_LOOKS[look]).sign_in("mira", sample.PASSWORD)
    for name, address in pages(hub).items():
        watched.go(address)
        watched.page.wait_for_timeout(150)
        watched.page.screenshot(path=place / f"{name}-{look}.png", full_page="#" not in address)
    watched.close()
    return watched.faults


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
