"""The kind `exec` beside GNU parallel and xargs: whole commands."""

import shutil
import subprocess
import sys

from . import build
from .measure import interleaved, median, run, spread

WORKERS = 2

HEADER = ["job", "program", "wall ms", "commands/s", "times parallel", "times xargs", "CPU ms", "spread"]


def setup() -> list[str]:
    """Debian's package of GNU parallel, by the script that installs what the tests need."""
    if not build.find("parallel"):
        subprocess.run([str(build.ROOT / "Scripts" / "setup")], check=False, stdout=sys.stderr)
    return [] if build.find("parallel") else [
        "GNU parallel is not installed: no ratio for the kind exec (apt-get install parallel)"]


def measure(taskhost: str, rounds: int, scale: float) -> tuple[list[list[str]], list[str]]:
    notes = setup()
    jobs = {
        # What is lost on the way of a command that does nothing.
        "true": (max(int(1000 * scale), 1), ["/bin/true"], []),
        # What is lost on the way of output.
        "25 MB each": (max(int(8 * scale), 1), ["head", "-c", "25000000"], ["/dev/zero"]),
    }
    rows = []
    for name, (count, command, argument) in jobs.items():
        words = argument * count if argument else [str(number) for number in range(count)]
        contestants = {
            "taskhost": [taskhost, "run", "--kind", "exec", "-j", str(WORKERS), "--progress", "none", "--", *command,
                         ":::", *words],
            "xargs": ["sh", "-c", f'printf "%s\\0" "$@" | xargs -0 -P {WORKERS} -n 1 ' + " ".join(command), "sh", *words],
        }
        if shutil.which("parallel"):
            contestants["parallel"] = ["parallel", "-j", str(WORKERS), "--will-cite", *command, ":::", *words]
        # Nobody reads it, so that only what the programs do with it counts.
        got = interleaved(rounds, {
            who: lambda line=line: run(["sh", "-c", 'exec "$@" > /dev/null', "sh", *line])
            for who, line in contestants.items()})
        walls = {who: median(cost.wall for cost in costs) for who, costs in got.items()}
        for who, costs in got.items():
            rows.append([
                f"{count} x {name}", who, f"{walls[who] * 1e3:.0f}", f"{count / walls[who]:.0f}",
                f"{walls['parallel'] / walls[who]:.2f}" if "parallel" in walls else "-",
                f"{walls['xargs'] / walls[who]:.2f}",
                f"{median(cost.cpu for cost in costs) * 1e3:.0f}", spread(cost.wall for cost in costs),
            ])
    return rows, notes
