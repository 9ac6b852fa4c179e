"""A fresh worker for each task; single tasks now and then; tasks of a millisecond."""

import json
import subprocess
import sys
import tempfile
import time

from . import build
from .echo import Sample, program
from .measure import RunFailed, interleaved, median, run, spread

HEADER = ["a fresh worker for each task, 64 B", "workers/s", "ours is faster by", "spread"]
LATENCY_HEADER = ["single tasks, one each 2 ms", "p50 us", "p99 us"]
WORK_HEADER = ["tasks of 1 ms, 2 workers", "tasks/s", "of 2000"]


def measure(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    count = max(int(4000 * scale), 100)

    def ours(workers: int, *options: str) -> Sample:
        output = run([
            taskhost, "run", "--plugin", build.program("libecho-fresh.so"), "-j", str(workers), "--set",
            f"count={count}", *options]).output
        seconds = float(output.split(" in ")[1].split()[0])
        return Sample(count / seconds, 0, 0)

    pool = [sys.executable, build.peer("pools.py"), "fresh", "1", "64", str(max(int(600 * scale), 50)), "2"]
    got = interleaved(rounds, {
        "ours, 2 workers": lambda: ours(2),
        "ours, 1 worker": lambda: ours(1),
        "ours, 2 workers, executed (--no-fork-server)": lambda: ours(2, "--no-fork-server"),
        "C, forked one after the other": lambda: program([build.program("zygote"), "64", str(count)]),
        "Python multiprocessing.Pool(2, maxtasksperchild=1)": lambda: program(pool),
    })
    mine = median(one.rate for one in got["ours, 2 workers"])
    rows = []
    for name, samples in got.items():
        rate = median(one.rate for one in samples)
        rows.append([name, f"{rate:,.0f}", f"{mine / rate:.2f}", spread(one.rate for one in samples)])
    return rows


def paced(taskhost: str, plugin: str, count: int) -> dict:
    """Words come one by one through a pipe; the kind measures from request_of_task to use_response."""
    command = [taskhost, "run", "--plugin", build.program(plugin), "-j1", "--from", "-"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output)
        for _ in range(count):
            process.stdin.write(b"word\n")
            process.stdin.flush()
            time.sleep(0.002)
        process.stdin.close()
        status = process.wait(60)
        output.seek(0)
        text = output.read().decode()
    if status != 0:
        raise RunFailed(f"{' '.join(command)}: status {status}\n{text}")
    return json.loads(text.strip().splitlines()[-1])


def measure_latency(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    count = max(int(500 * scale), 50)
    got = interleaved(rounds, {
        "ours, a worker that stays": lambda: paced(taskhost, "libpaced.so", count),
        "C, a worker that stays": lambda: json.loads(
            run([build.program("paced"), "64", str(count), "2000"]).output),
        "ours, a fresh worker for each, one standing by": lambda: paced(taskhost, "libpaced-fresh.so", count),
    })
    return [
        [name, f"{median(one['p50'] for one in samples):.1f}", f"{median(one['p99'] for one in samples):.1f}"]
        for name, samples in got.items()]


def measure_work(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    count = max(int(4000 * scale), 400)
    with tempfile.NamedTemporaryFile("w") as words:
        words.write("word\n" * count)
        words.flush()
        rates = []
        for _ in range(rounds):
            said = json.loads(run([
                taskhost, "run", "--plugin", build.program("libpaced.so"), "-j2", "--set", "work=1000", "--from",
                words.name]).output.strip().splitlines()[-1])
            rates.append(said["count"] / said["seconds"])
    return [["ours", f"{median(rates):,.0f}", f"{median(rates) / 2000:.1%}"]]
