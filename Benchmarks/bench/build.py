"""Builds the C parts into .build/bench of the repository and finds what is compared."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent
OUTPUT = ROOT / ".build" / "bench"
COMPILE = ["cc", "-O2", "-Wall", "-Wextra", "-Werror"]


def compile_all() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name in ("pingpong", "pipelined", "bulk", "deaths", "zygote", "paced"):
        call([*COMPILE, "-o", str(OUTPUT / name), str(HERE / "c" / f"{name}.c")])
    call([*COMPILE, "-fPIC", "-shared", "-fno-builtin", "-o", str(OUTPUT / "liballocations.so"),
          str(HERE / "c" / "allocations.c")])
    for name, source, flags in (
            ("echo", "echo", []), ("echo-one", "echo", ["-DECHO_WINDOW_1"]), ("echo-fresh", "echo", ["-DECHO_FRESH"]),
            ("paced", "paced", []), ("paced-fresh", "paced", ["-DFRESH"])):
        call([
            *COMPILE, "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT / 'SDK' / 'include'}", *flags,
            "-o", str(OUTPUT / f"lib{name}.so"), str(HERE / "echo" / f"{source}.c"),
        ])


def taskhost(given: str | None) -> str:
    path = pathlib.Path(given) if given else ROOT / ".build" / "release" / "taskhost"
    if not path.exists():
        sys.exit(f"error: {path} does not exist\nhint: make build")
    return str(path)


def program(name: str) -> str:
    return str(OUTPUT / name)


def peer(name: str) -> str:
    return str(HERE / "peers" / name)


def find(name: str) -> str | None:
    return shutil.which(name)


def call(command: list[str]) -> None:
    if subprocess.run(command).returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed")
