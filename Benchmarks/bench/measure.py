"""Runs a program once and says what it cost."""

import dataclasses
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time


@dataclasses.dataclass
class Cost:
    """Of one process and of the children that it has waited for."""

    wall: float
    cpu: float
    peak_kib: int
    output: str


class RunFailed(Exception):
    pass


def run(command: list[str], cpu: int | None = None, expect: int = 0) -> Cost:
    """Raises RunFailed when the exit status is not `expect`, or after five minutes."""
    usual = os.sched_getaffinity(0)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # What is started inherits it.
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        # By pid: `kill` of Popen may reap the process before its cost is taken.
        patience = threading.Timer(300, os.kill, (process.pid, signal.SIGKILL))
        patience.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        patience.cancel()
        os.sched_setaffinity(0, usual)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode(errors="replace")
        if process.returncode != expect:
            said = errors.read().decode(errors="replace").strip() or text.strip()[-2000:]
            raise RunFailed(f"{' '.join(command)}: status {process.returncode}, expected {expect}\n{said}")
        errors_text = errors.read().decode(errors="replace")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text + errors_text)


def interleaved(rounds: int, contestants: dict) -> dict:
    """Each contestant once in each round, so that a busy minute hits all of them; name -> list of results."""
    results = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        # Nobody always runs behind the same one.
        for name in names if number % 2 == 0 else reversed(names):
            results[name].append(contestants[name]())
            print(".", end="", file=sys.stderr, flush=True)
    return results


def median(values) -> float:
    return statistics.median(values)


def spread(values) -> str:
    """How far the runs lie apart: (largest - smallest) / median."""
    values = list(values)
    return f"{(max(values) - min(values)) / median(values):.0%}"


def load() -> str:
    return "load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())
