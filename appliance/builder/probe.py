"""One try at what every build needs of the kernel: namespaces, an overlay over the kept roots, a sandbox."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from appliance.builder import job, namespace, process

SECONDS = 20  # that a trial may take


def run(cache: Path) -> str:
    """Try it in a process that may do what a job may; "" if all went well, else the step that did not."""
    words = [*process.as_root(), sys.executable, "-m", "appliance.builder.probe", str(cache)]
    try:
        status, printed = process.answer(words, SECONDS, job.environment())
    except OSError as error:
        return str(error)
    said = printed.strip().splitlines()
    return "" if status == 0 else (said[-1] if said else f"exit status {status}")


def main(cache: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="probe-", dir=cache) as place:
        keeper, _ = namespace.spawn(lambda: _inside(Path(place)), lambda: None)
        return os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])


def _inside(place: Path) -> int:
    parts = [place / name for name in ("lower", "upper", "work", "merged")]
    for path in parts:
        path.mkdir()
    (parts[0] / "seen").touch()
    namespace.overlay(*parts)
    assert (parts[3] / "seen").exists(), "what lies below does not show through the overlay"
    words = ["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "true"]
    return subprocess.run(words, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
