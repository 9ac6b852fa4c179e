"""Queues of a thousand to ten million tasks, and what an idle host costs."""

import os
import shutil
import subprocess
import tempfile
import time

from . import build
from .measure import RunFailed, interleaved, median, run

HEADER = ["tasks of 64 B, 2 workers", "tasks/s", "of that with 1,000", "host MB", "bytes per task"]
IDLE_HEADER = ["an idle host with one worker", "figure"]


def measure(taskhost: str, rounds: int, scale: float) -> list[list[str]]:
    counts = [1_000, 100_000, 1_000_000, int(10_000_000 * scale)]

    def once(count: int) -> tuple[float, int]:
        cost = run([taskhost, "run", "--plugin", build.program("libecho.so"), "-j2", "--set", f"count={count}"])
        return count / float(cost.output.split(" in ")[1].split()[0]), cost.peak_kib

    got = interleaved(rounds, {count: (lambda count=count: once(count)) for count in counts})
    rate = {count: median(one[0] for one in samples) for count, samples in got.items()}
    memory = {count: median(one[1] for one in samples) for count, samples in got.items()}
    return [
        [f"{count:,}", f"{rate[count]:,.0f}", f"{rate[count] / rate[counts[0]]:.2f}", f"{memory[count] / 1024:.0f}",
         "" if count < 1_000_000 else f"{(memory[count] - memory[counts[0]]) * 1024 / count:.0f}"]
        for count in counts]


def measure_idle(taskhost: str) -> list[list[str]]:
    """One task is done, and no more words come."""
    empty = run([taskhost, "--version"]).peak_kib
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [taskhost, "run", "-v", "--plugin", build.program("libpaced.so"), "-j1", "--from", "-"],
            stdin=subprocess.PIPE, stdout=output, stderr=output)
        process.stdin.write(b"word\n")
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while b"PASS" not in os.pread(output.fileno(), 1 << 16, 0):
            if time.monotonic() > deadline:
                raise RunFailed("the first task has not ended within 30 s")
            time.sleep(0.01)
        # The watchdog of hooks looks once more, then it sleeps as well.
        time.sleep(3)
        with open(f"/proc/{process.pid}/status") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        rows = [["memory, MB", f"{resident / 1024:.1f}"],
                ["more than `taskhost --version` had at most, MB", f"{(resident - empty) / 1024:.1f}"]]
        strace = shutil.which("strace")
        if strace:
            with tempfile.NamedTemporaryFile("r") as trace:
                watcher = subprocess.Popen(
                    [strace, "-f", "-qq", "-o", trace.name, "-p", str(process.pid)], stderr=subprocess.DEVNULL)
                time.sleep(5)
                watcher.terminate()
                watcher.wait()
                # The calls in which its threads sleep are shown when they are left.
                asleep = ("epoll_wait(", "restart_syscall", "futex_waitv(")
                calls = [line for line in trace if not any(call in line for call in asleep)]
            rows.append(["system calls in 5 s", str(len(calls))])
        process.stdin.write(b"word\nword\n")
        process.stdin.close()
        if process.wait(60) != 0:
            raise RunFailed(f"the idle run ended with status {process.returncode}")
    return rows
