"""crc32 of each line of a file of calls by ctypes: `foreign.py CHUNK|loop CALLS RESULTS`."""

import ctypes
import json
import multiprocessing
import sys

library = ctypes.CDLL("libz.so.1")
library.crc32.restype = ctypes.c_ulong
library.crc32.argtypes = [ctypes.c_ulong, ctypes.c_char_p, ctypes.c_uint]


def perform(numbered):
    number, line = numbered
    call = json.loads(line)
    data = call["data"].encode()
    return number, library.crc32(call["seed"], data, len(data))


def main():
    how, calls, results = sys.argv[1:]
    with open(calls, encoding="utf-8") as lines, open(results, "w", encoding="utf-8") as out:
        def write(found):
            for number, value in found:
                out.write('{"line":%d,"call":"crc32","result":{"ret":%d}}\n' % (number, value))

        if how == "loop":
            write(map(perform, enumerate(lines, 1)))
        else:
            with multiprocessing.Pool(2) as pool:
                write(pool.imap_unordered(perform, enumerate(lines, 1), chunksize=int(how)))


if __name__ == "__main__":
    main()
