"""How soon the death of a worker is known, what a death costs, and how soon nothing is left of a host that is killed."""

import json
import os
import pathlib
import select
import signal
import subprocess
import time

from . import build
from .measure import RunFailed

KINDS = build.ROOT / "Tests" / "Kinds"


def kind(source: str, *flags: str) -> str:
    """A kind of the tests, as a shared library."""
    output = build.OUTPUT / ("-".join([source, *flags]).replace("=", "") + ".so")
    build.call([
        "cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", f"-I{build.ROOT / 'SDK' / 'include'}", *flags,
        str(KINDS / f"{source}.c"), "-o", str(output)])
    return str(output)


def start(taskhost: str, plugin: str, workers: int, words: list[str], *options: str) -> subprocess.Popen:
    return subprocess.Popen(
        [taskhost, "run", "--message-format", "jsonl", f"-j{workers}", "--plugin", plugin, *options, *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def spell(values: list[float], count: int) -> list[str]:
    values = sorted(values)
    at = lambda part: values[min(int(len(values) * part), len(values) - 1)]
    return [f"{count:,}", f"{at(0.5) * 1e6:,.0f}", f"{at(0.99) * 1e6:,.0f}", f"{values[-1] * 1e6:,.0f}"]


def stamp(event: dict) -> float:
    seconds, fraction = event["ts"].rstrip("Z").split(".")
    return time.mktime(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + fraction)


def noticed(taskhost: str, plugin: str, count: int, task: str, *options: str) -> tuple[list[float], list[float]]:
    """From kill() to the times in the events of the host, `dying` and `ended`: the clock of all is the wall clock. A death that is
    over before it was noticed counts with its end."""
    run = start(taskhost, plugin, 1, [task] * count, *options)
    first, last, killed_at, seen_at = [], [], 0.0, None
    for line in run.stdout:
        event = json.loads(line)
        if event["type"] == "feedback" and event["data"].startswith("waiting in "):
            # The worker is asleep, and so is the host.
            time.sleep(0.004)
            killed_at, seen_at = time.time(), None
            os.kill(int(event["data"].split()[-1]), signal.SIGKILL)
        elif (event["type"], event["event"]) == ("worker", "dying"):
            seen_at = stamp(event)
        elif (event["type"], event["event"]) == ("worker", "ended") and event.get("signal") == signal.SIGKILL:
            last.append(stamp(event) - killed_at)
            first.append(last[-1] if seen_at is None else seen_at - killed_at)
    run.wait()
    if len(last) != count:
        raise RunFailed(f"{count} workers were to be killed, {len(last)} ends were told")
    return first, last


def family(pid: int) -> list[int]:
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def vanish(host: subprocess.Popen) -> float:
    """Kills the host; the seconds until the last of its children has ended."""
    pidfds = []
    for pid in family(host.pid):
        try:
            pidfds.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    began = time.monotonic()
    os.kill(host.pid, signal.SIGKILL)
    poller = select.poll()
    for pidfd in pidfds:
        poller.register(pidfd, select.POLLIN)
    waiting, ended = set(pidfds), began
    while waiting:
        ready = poller.poll(5000)
        if not ready:
            raise RunFailed(f"{len(waiting)} processes outlive their host by 5 s")
        ended = time.monotonic()
        for pidfd, _ in ready:
            poller.unregister(pidfd)
            waiting.discard(pidfd)
    for pidfd in pidfds:
        os.close(pidfd)
    host.stdout.close()
    host.wait()
    return ended - began


def after_host(taskhost: str, plugin: str, count: int, words: list[str], awaited: int, *options: str) -> list[float]:
    """`awaited`: so many feedbacks "waiting in" are heard before the host is killed; 0: it is killed a few milliseconds
    after its start, when it has children."""
    times = []
    for turn in range(count):
        host = start(taskhost, plugin, 3, words, *options)
        if awaited:
            heard = 0
            while heard < awaited:
                line = host.stdout.readline()
                if not line:
                    raise RunFailed("the host ended by itself")
                heard += b"waiting in " in line
            time.sleep(0.01)
        else:
            while not family(host.pid) and host.poll() is None:
                pass
            time.sleep(turn % 10 * 0.0004)
        times.append(vanish(host))
    return times


HEADER = ["what", "times", "median us", "99th us", "largest us"]


def measure(taskhost: str, rounds: int) -> list[list[str]]:
    count = 40 * rounds
    executed, forked = kind("vandal"), kind("vandal", "-DFORKED")
    intruder = kind("intruder")
    rows = []

    def row(name: str, values: list[float]) -> None:
        rows.append([name, *spell(values, len(values))])

    # Mappings, pages written before the fork and pages read after it, as smaps shows them for a forked worker of this kind.
    for name, more in (("", []), (", a grandchild holds the pipe", ["grandchild"]),
                       (", with the mappings and pages of a forked worker", ["30", "105", "560", taskhost])):
        text = subprocess.run(
            [build.program("deaths"), str(count), *more], capture_output=True, text=True, check=True).stdout
        row(f"C, pidfd and epoll: kill to reaped{name}", [value / 1e9 for value in json.loads(text)])
    for name, plugin, task, options in (
            ("forked worker", forked, "wait", []), ("executed worker", executed, "wait", ["--no-fork-server"]),
            ("executed worker, a grandchild holds the pipe", intruder, "fork-bomb:1,wait", ["--no-fork-server"])):
        first, last = noticed(taskhost, plugin, count, task, *options)
        row(f"taskhost, {name}: kill to noticed", first)
        row(f"taskhost, {name}: kill to reaped", last)
    row("host killed, 3 idle workers and one task asleep: until nothing is left",
        after_host(taskhost, executed, count // 4, ["ok", "ok", "sleep:5", "wait"], 1, "--no-fork-server"))
    row("host killed, 3 workers and a fork server: until nothing is left",
        after_host(taskhost, forked, count // 4, ["wait"] * 3, 3))
    row("host killed while its workers start: until nothing is left",
        after_host(taskhost, executed, count // 4, ["wait"] * 3, 0, "--no-fork-server"))
    for name, plugin, options in (("executed", executed, ["--no-fork-server"]), ("forked", forked, [])):
        began = time.monotonic()
        deaths = 500
        done = subprocess.run(
            [taskhost, "run", "-j2", "--plugin", plugin, *options, *["die"] * deaths], capture_output=True)
        if done.returncode != 107:
            raise RunFailed(f"exit {done.returncode}, expected 107")
        row(f"one worker {name}, killed at its first task and reaped, -j2", [(time.monotonic() - began) / deaths])
    return rows
