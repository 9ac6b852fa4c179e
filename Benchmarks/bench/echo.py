"""Messages that do nothing: ours, the C floor, and the pools of other languages."""

import dataclasses
import json
import re
import sys

from . import build
from .measure import Cost, interleaved, median, run, spread


@dataclasses.dataclass
class Lane:
    name: str
    size: int
    count: int
    workers: int
    # 1: the kind that is not pipelined, beside pingpong; else the window of the C program.
    window: int = 1
    cpu: int | None = None
    title: str = ""
    # Instead of the median, where it is chance on which CPUs the kernel puts the two processes.
    fastest: bool = False


LANES = [
    Lane("one-pinned", 64, 200_000, 1, cpu=0, title="64 B, window 1, 1 worker, both on one CPU"),
    Lane("one", 64, 100_000, 1, title="64 B, window 1, 1 worker, not pinned, fastest round", fastest=True),
    Lane("small", 64, 2_000_000, 2, window=256, title="64 B, pipelined, 2 workers"),
    Lane("medium", 4096, 200_000, 2, window=64, title="4 KiB, pipelined, 2 workers"),
    Lane("large", 1 << 20, 2_000, 2, window=2, title="1 MiB, pipelined, 2 workers"),
]


@dataclasses.dataclass
class Sample:
    """Tasks per second between the first response and the last, and what the whole process took."""

    rate: float
    wall: float
    cpu_per_task: float


def sample(cost: Cost, count: int, seconds: float) -> Sample:
    return Sample(count / seconds, cost.wall, cost.cpu / (count + 1))


def ours(taskhost: str, lane: Lane) -> Sample:
    kind = "echo-one" if lane.window == 1 else "echo"
    cost = run(
        [
            taskhost, "run", "--plugin", build.program(f"lib{kind}.so"), "-j", str(lane.workers),
            "--set", f"count={lane.count}", "--set", f"size={lane.size}",
        ],
        cpu=lane.cpu)
    match = re.search(r"echoed (\d+) in ([0-9.]+) s", cost.output)
    if not match or int(match[1]) != lane.count:
        sys.exit(f"error: taskhost did not echo {lane.count} tasks; it said: {cost.output[-500:]}")
    return sample(cost, lane.count - 1, float(match[2]))


def program(command: list[str], cpu: int | None = None) -> Sample:
    cost = run(command, cpu=cpu)
    said = json.loads(cost.output)
    return sample(cost, said["count"], said["seconds"])


def floor(lane: Lane) -> Sample:
    if lane.window == 1:
        command = [build.program("pingpong"), str(lane.size), str(lane.count)]
    else:
        command = [
            build.program("pipelined"), str(lane.size), str(lane.count), str(lane.window), str(lane.workers)]
    return program(command, cpu=lane.cpu)


def measure_lanes(taskhost: str, rounds: int, scale: float, lanes: list[Lane]) -> list[list[str]]:
    rows = []
    for lane in lanes:
        lane = dataclasses.replace(lane, count=max(int(lane.count * scale), 100))
        got = interleaved(rounds, {"ours": lambda: ours(taskhost, lane), "C": lambda: floor(lane)})
        typical = max if lane.fastest else median
        mine, theirs = (typical([one.rate for one in got[name]]) for name in ("ours", "C"))
        rows.append([
            lane.title, f"{lane.count:,}", f"{mine:,.0f}", f"{theirs:,.0f}", f"{mine / theirs:.2f}",
            spread(one.rate for one in got["ours"]), spread(one.rate for one in got["C"]),
            *(f"{median(one.wall for one in got[name]) * 1e3:.0f}" for name in ("ours", "C")),
            *(f"{median(one.cpu_per_task for one in got[name]) * 1e6:.2f}" for name in ("ours", "C")),
        ])
    return rows


LANE_HEADER = [
    "lane", "tasks", "ours /s", "C /s", "ratio", "spread", "C spread", "whole ms", "C whole ms",
    "CPU us/task", "C CPU us/task"]


def measure_peers(taskhost: str, rounds: int, scale: float) -> tuple[list[list[str]], list[str]]:
    """64 bytes, 2 workers; each pool with a count that takes it about a second."""
    notes = []
    lane = Lane("small", 64, int(1_000_000 * scale), 2, window=256)
    python = [sys.executable, build.peer("pools.py")]
    counts = {"executor 1": int(20_000 * scale), "executor 64": int(300_000 * scale),
              "pool 64": int(300_000 * scale), "node": int(200_000 * scale)}
    contestants = {
        "taskhost": lambda: ours(taskhost, lane),
        "C, pipes and epoll": lambda: floor(lane),
        "Python ProcessPoolExecutor, chunk 1":
            lambda: program([*python, "executor", "1", "64", str(counts["executor 1"]), "2"]),
        "Python ProcessPoolExecutor, chunk 64":
            lambda: program([*python, "executor", "64", "64", str(counts["executor 64"]), "2"]),
        "Python multiprocessing.Pool, imap_unordered, chunk 64":
            lambda: program([*python, "pool", "64", "64", str(counts["pool 64"]), "2"]),
    }
    node = build.find("node")
    if node:
        contestants["Node worker threads, window 64"] = lambda: program(
            [node, build.peer("threads.js"), "64", str(counts["node"]), "64", "2"])
    else:
        notes.append("node is not installed: its worker threads were left out")
    got = interleaved(rounds, contestants)
    mine = median(one.rate for one in got["taskhost"])
    rows = []
    for name, samples in got.items():
        rate = median(one.rate for one in samples)
        rows.append([name, f"{rate:,.0f}", f"{mine / rate:.1f}", spread(one.rate for one in samples)])
    return rows, notes


PEER_HEADER = ["pool, 64 B, 2 workers", "tasks/s", "taskhost is faster by", "spread"]
