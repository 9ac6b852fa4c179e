"""Calls of the heap for each task: runs of N and of 2 N tasks, and the difference, so that no start and no end is in it."""

import os
import re
import struct
import subprocess
import tempfile

from . import build
from .measure import RunFailed

HEADER = ["heap allocations per task", "tasks", "host", "workers"]
LANES = [
    ("64 B, window 1, 1 worker", "echo-one", 64, 100_000, 1),
    ("64 B, pipelined, 2 workers", "echo", 64, 400_000, 2),
    ("4 KiB, pipelined, 2 workers", "echo", 4096, 50_000, 2),
    ("1 MiB, pipelined, 2 workers", "echo", 1 << 20, 2_000, 2),
    ("64 B, a fresh worker for each, 2 workers", "echo-fresh", 64, 2_000, 2),
]


def counted(taskhost: str, kind: str, size: int, count: int, workers: int) -> tuple[int, int]:
    """Of the host, and of all workers together."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(24))
        file.flush()
        text = subprocess.run(
            [taskhost, "run", "--plugin", build.program(f"lib{kind}.so"), "-j", str(workers), "--set",
             f"count={count}", "--set", f"size={size}"],
            env={**os.environ, "LD_PRELOAD": build.program("liballocations.so"), "ALLOCATIONS": file.name},
            capture_output=True, text=True)
        if text.returncode != 0 or not re.search(rf"echoed {count} in", text.stdout + text.stderr):
            raise RunFailed(f"taskhost did not echo {count} tasks; it said: {(text.stdout + text.stderr)[-500:]}")
        host, others, taken = struct.unpack("3Q", os.pread(file.fileno(), 24, 0))
    if not taken or not host:
        raise RunFailed("nothing was counted: LD_PRELOAD has no effect on this taskhost")
    return host, others


def measure(taskhost: str, scale: float) -> list[list[str]]:
    rows = []
    for title, kind, size, count, workers in LANES:
        count = max(int(count * scale), 100)
        once, twice = (counted(taskhost, kind, size, n, workers) for n in (count, 2 * count))
        rows.append([title, f"{count:,}", *(f"{(b - a) / count:.4f}" for a, b in zip(once, twice))])
    return rows
