"""The kind `ffi` beside ctypes in a pool of processes and in one loop: crc32 of 4 KiB, from one file to another."""

import json
import pathlib
import random
import sys

from . import build
from .measure import interleaved, median, run, spread

SIGNATURES = 'lib "libz.so.1"\nkind crc32 = fn u64 crc32(u64 seed, in bytes data : u32 len) pure\n'
CALLS = 100_000
WORKERS = 2

HEADER = ["100,000 calls of 4 KiB", "calls/s", "wall ms", "of the pool", "of the loop", "CPU ms", "spread"]


def write_calls(path: pathlib.Path, count: int) -> None:
    """Printable bytes, so that JSON needs no more of them and all three read the same."""
    rng = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
    block = "".join(rng.choices(letters, k=1 << 20))
    with open(path, "w", encoding="ascii") as out:
        for number in range(count):
            start = rng.randrange(len(block) - 4096)
            out.write(json.dumps({"call": "crc32", "seed": number, "data": block[start:start + 4096]},
                                 separators=(",", ":")) + "\n")


def sums(path: pathlib.Path) -> dict[int, int]:
    found = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            one = json.loads(line)
            found[one["line"]] = one["result"]["ret"]
    return found


def measure(taskhost: str, rounds: int, scale: float) -> tuple[list[list[str]], list[str]]:
    count = max(1000, int(CALLS * scale))
    place = build.OUTPUT / "ffi"
    place.mkdir(parents=True, exist_ok=True)
    calls, signatures = place / "calls.jsonl", place / "crc32.ffi"
    write_calls(calls, count)
    signatures.write_text(SIGNATURES)

    def ours(batch: str, results: pathlib.Path):
        command = [
            taskhost, "run", "--kind", "ffi", "-j", str(WORKERS), f"--signatures={signatures}",
            "--allow-ffi", f"--batch={batch}", str(calls)]
        # The results are the standard output: into a file, as those of the others.
        return lambda: run(["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", str(results), *command])

    def ctypes(how: str, results: pathlib.Path):
        return lambda: run([sys.executable, build.peer("foreign.py"), how, str(calls), str(results)])

    loop, pool = "Python, one ctypes loop", f"Python, Pool({WORKERS}) and ctypes, by 64"
    single = f"Python, Pool({WORKERS}) and ctypes, one by one"
    files = {name: place / f"{number}.jsonl" for number, name in enumerate(
        [f"taskhost -j {WORKERS}", f"taskhost -j {WORKERS}, batch 1", pool, single, loop])}
    names = list(files)
    got = interleaved(rounds, {
        names[0]: ours("auto", files[names[0]]), names[1]: ours("1", files[names[1]]),
        pool: ctypes("64", files[pool]), single: ctypes("1", files[single]), loop: ctypes("loop", files[loop])})
    expected = sums(files[loop])
    for name, path in files.items():
        if len(expected) != count or sums(path) != expected:
            sys.exit(f"error: the results of {name} are not those of the loop")
    walls = {name: median(cost.wall for cost in costs) for name, costs in got.items()}
    rows = [[
        name, f"{count / walls[name]:,.0f}", f"{walls[name] * 1e3:.0f}", f"{walls[name] / walls[pool]:.2f}",
        f"{walls[name] / walls[loop]:.2f}", f"{median(cost.cpu for cost in got[name]) * 1e3:.0f}",
        spread(cost.wall for cost in got[name]),
    ] for name in names]
    notes = [] if scale == 1 else [f"the kind ffi was measured with {count:,} calls"]
    return rows, notes
