"""`plugin list` and `plugin inspect` of 1,000 plugins, with and without what is remembered of them."""

import os
import pathlib
import shutil
import time

from . import build
from .measure import interleaved, median, run, spread

COUNT = 1000
HEADER = ["plugins", "wall ms", "CPU ms", "spread"]


def make(place: pathlib.Path, count: int) -> pathlib.Path:
    """Copies of one plugin, each with an id and a name of its own."""
    shutil.rmtree(place, ignore_errors=True)
    many = place / "many"
    many.mkdir(parents=True)
    build.call([*build.COMPILE, "-fPIC", "-shared", "-fvisibility=hidden", f"-I{build.ROOT / 'SDK' / 'include'}",
                "-o", str(place / "one.so"), str(build.ROOT / "SDK" / "examples" / "c" / "lines.c")])
    one = (place / "one.so").read_bytes()
    for number in range(count):
        copy = one.replace(b'"org.example.lines"', b'"org.exampl%07d"' % number)
        file = many / f"k{number:04}.so"
        file.write_bytes(copy.replace(b'"name":"lines"', b'"name":"k%04d"' % number))
        file.chmod(0o755)
    # What has changed just now is not remembered.
    time.sleep(2.5)
    return many


def measure(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    count = min(9999, max(10, int(COUNT * scale)))
    place = build.OUTPUT / "plugins"
    many = make(place, count)
    nowhere = place / "one.so"  # no directory, so nothing is remembered

    def ours(cache: pathlib.Path, *words: str):
        environment = [f"XDG_CACHE_HOME={cache}", f"TASKHOST_PLUGIN_PATH={many}", "TASKHOST_PLUGIN_PATH_ONLY=1"]
        return lambda: run(["env", *environment, taskhost, *words])

    warm = place / "cache"
    contestants = {
        f"list, {count} remembered": ours(warm, "plugin", "list"),
        f"list, {count} read": ours(nowhere, "plugin", "list"),
        f"inspect, {count} remembered": ours(warm, "plugin", "inspect", str(many)),
        f"inspect, {count} read": ours(nowhere, "plugin", "inspect", str(many)),
        "no plugin at all (exit-codes)": ours(warm, "exit-codes"),
    }
    contestants[f"inspect, {count} remembered"]()
    if not os.path.exists(warm / "taskhost/plugins.cache"):
        raise SystemExit("error: nothing was remembered")
    results = interleaved(rounds, contestants)
    return [[name, f"{median([one.wall for one in costs]) * 1000:.1f}",
             f"{median([one.cpu for one in costs]) * 1000:.1f}", spread([one.wall for one in costs])]
            for name, costs in results.items()]
