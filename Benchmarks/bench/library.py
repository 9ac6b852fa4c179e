"""The embedding library beside the command, with the kind that echoes 64 bytes and 2 workers."""

import json
import pathlib
import re
import sys

from . import build
from .measure import interleaved, median, run, spread

HEADER = ["64 B, 2 workers", "tasks", "tasks/s", "of the command", "spread"]


def measure(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    program = str(pathlib.Path(taskhost).parent / "library-bench")
    plugin = build.program("libecho.so")
    count = max(int(1_000_000 * scale), 1000)

    def library(mode: str) -> float:
        said = json.loads(run([program, mode, plugin, str(count), "2"]).output)
        return said["count"] / said["seconds"]

    def command() -> float:
        cost = run([taskhost, "run", "--plugin", plugin, "-j", "2", "--set", f"count={count}", "--set", "size=64"])
        match = re.search(r"echoed (\d+) in ([0-9.]+) s", cost.output)
        if not match or int(match[1]) != count:
            sys.exit(f"error: taskhost did not echo {count} tasks; it said: {cost.output[-500:]}")
        return (count - 1) / float(match[2])

    got = interleaved(rounds, {
        "the command": command,
        "one handle for all": lambda: library("batch"),
        "a handle for each, awaited": lambda: library("handles"),
        "calls, 256 at a time": lambda: library("calls"),
    })
    theirs = median(got["the command"])
    rows = [[name, f"{count:,}", f"{median(rates):,.0f}", f"{median(rates) / theirs:.2f}", spread(rates)]
            for name, rates in got.items()]
    # Workers in place of tasks: 30 rounds of 20 at a time, each started, asked once and ended.
    count = 600
    storms = [library("storm") for _ in range(rounds)]
    return [*rows, ["workers, 20 at a time", f"{count:,}", f"{median(storms):,.0f}", "", spread(storms)]]
