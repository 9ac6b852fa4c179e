"""Large messages over pipes and over shared memory, in C: what a lane can give at most."""

import json

from . import build
from .measure import interleaved, median, run, spread

SIZES = [(64 << 10, 8_000), (256 << 10, 4_000), (1 << 20, 2_000), (8 << 20, 200)]
# Of requests, of responses.
WAYS = [("pipe", "pipe"), ("lane", "pipe"), ("pipe", "lane"), ("lane", "lane"), ("lane", "lent"), ("fresh", "fresh")]
WORKERS = 2


def sample(size: int, count: int, ways: tuple[str, str]) -> dict:
    if "fresh" in ways:
        # Ten times slower than the others.
        count = max(count // 10, 20)
    cost = run([build.program("bulk"), str(size), str(size), str(count), str(WORKERS), *ways])
    said = json.loads(cost.output)
    return {"rate": said["count"] / said["seconds"], "first": said["first_us"], "cpu": cost.cpu / (said["count"] + 1)}


def measure(rounds: int, scale: float) -> list[list[str]]:
    rows = []
    for size, count in SIZES:
        count = max(int(count * scale), 20)
        got = interleaved(rounds, {ways: (lambda ways=ways: sample(size, count, ways)) for ways in WAYS})
        floor = median(one["rate"] for one in got[WAYS[0]])
        for ways, samples in got.items():
            rate = median(one["rate"] for one in samples)
            rows.append([
                f"{size >> 10:,} KiB", *ways, f"{rate:,.0f}", f"{rate / floor:.2f}", spread(one["rate"] for one in samples),
                f"{median(one['cpu'] for one in samples) * 1e6:,.0f}", f"{median(one['first'] for one in samples):,.0f}",
            ])
    return rows


HEADER = [
    "each way, 2 workers", "requests", "responses", "round trips/s", "of pipes", "spread", "CPU us each", "first us"]
