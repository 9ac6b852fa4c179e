#!/usr/bin/env python3
"""pools.py executor|pool|fresh CHUNK SIZE COUNT WORKERS: echoes byte strings through one of Python's process pools.

Seconds are from the first result to the last, as in the C programs.
"""

import concurrent.futures
import json
import multiprocessing
import sys
import time


def echo(message: bytes) -> bytes:
    return message


def messages(size: int, count: int):
    for n in range(count):
        number = n.to_bytes(8, "little")
        yield number + bytes(size - 16) + number


def main() -> None:
    which = sys.argv[1]
    chunk, size, count, workers = map(int, sys.argv[2:])
    expected = messages(size, count)
    if which == "executor":
        pool = concurrent.futures.ProcessPoolExecutor(workers)
        results = pool.map(echo, messages(size, count), chunksize=chunk)
    elif which == "pool":
        pool = multiprocessing.Pool(workers)
        results = pool.imap_unordered(echo, messages(size, count), chunksize=chunk)
    elif which == "fresh":
        pool = multiprocessing.Pool(workers, maxtasksperchild=1)
        results = pool.imap_unordered(echo, messages(size, count), chunksize=chunk)
    else:
        sys.exit(f"error: {which} is no pool; expected executor, pool or fresh")
    first = done = 0
    total = 0
    for result in results:
        if not done:
            first = time.monotonic()
        done += 1
        total += int.from_bytes(result[:8], "little")
    last = time.monotonic()
    # Unordered results are checked by their sum.
    if done != count or total != count * (count - 1) // 2 or len(result) != len(next(expected)):
        sys.exit(f"error: {done} results with the sum {total}, expected {count}")
    if which == "executor":
        pool.shutdown()
    else:
        pool.close()
        pool.join()
    print(json.dumps({"count": count - 1, "seconds": last - first}))


if __name__ == "__main__":
    main()
