"""The kind `proof` beside Debian's metamath on the same database."""

import dataclasses
import json
import pathlib
import sys

from . import build
from .measure import Cost, interleaved, median, run, spread

DATABASES = pathlib.Path("/usr/share/metamath/databases")


@dataclasses.dataclass
class Sample:
    cost: Cost
    # Of the largest worker, in MB; None for a peer.
    worker_mb: float | None = None


def ours(taskhost: str, database: pathlib.Path, workers: int) -> Sample:
    cost = run([
        taskhost, "run", "--kind", "proof", "-j", str(workers), "--message-format", "jsonl", str(database)])
    last = json.loads([line for line in cost.output.splitlines() if line.startswith("{")][-1])
    if last["type"] != "run" or last["event"] != "finished" or last["exit_code"] != 0:
        sys.exit(f"error: the last event is {last}")
    if last["cases"]["failed"] or last["cases"]["pending"] or not last["cases"]["passed"]:
        sys.exit(f"error: not all proofs are good: {last['summary']}")
    return Sample(cost, last["peak_memory"] / 1e6)


def metamath(program: str, database: pathlib.Path) -> Sample:
    cost = run([program, f"read '{database}'", "verify proof *", "exit"])
    # It exits with 0 whatever it found.
    if "All proofs in the database were verified" not in cost.output or "?Error" in cost.output:
        sys.exit(f"error: metamath did not verify {database}: {cost.output[-500:]}")
    return Sample(cost)


HEADER = [
    "database", "verifier", "wall ms", "ratio", "CPU ms", "spread", "process MB", "largest worker MB"]


def measure(taskhost: str, rounds: int) -> tuple[list[list[str]], list[str]]:
    rows, notes = [], []
    peer = build.find("metamath")
    if not peer:
        notes.append("metamath is not installed: no ratio for the kind proof (apt-get install metamath)")
    for name in ("set.mm", "demo0.mm"):
        database = DATABASES / name
        if not database.exists():
            notes.append(f"{database} does not exist (apt-get install metamath-databases)")
            continue
        contestants = {
            "taskhost -j 1": lambda: ours(taskhost, database, 1),
            "taskhost -j 2": lambda: ours(taskhost, database, 2),
        }
        if peer:
            contestants["metamath"] = lambda: metamath(peer, database)
        got = interleaved(rounds, contestants)
        walls = {who: median(one.cost.wall for one in samples) for who, samples in got.items()}
        for who, samples in got.items():
            worker = [one.worker_mb for one in samples if one.worker_mb is not None]
            rows.append([
                name, who, f"{walls[who] * 1e3:.1f}",
                f"{walls[who] / walls['metamath']:.3f}" if "metamath" in walls else "-",
                f"{median(one.cost.cpu for one in samples) * 1e3:.0f}",
                spread(one.cost.wall for one in samples),
                # The kernel gives the largest process of the tree, which is a worker: it has its own column.
                "-" if worker else f"{median(one.cost.peak_kib for one in samples) * 1024 / 1e6:.0f}",
                f"{median(worker):.0f}" if worker else "-",
            ])
    return rows, notes
