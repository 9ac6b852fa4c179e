"""The calls of a file, made by ctypes: one JSON object in each line, as the kind ffi tells it."""

import base64
import ctypes
import json
import math
import sys

C = ctypes
libz = C.CDLL("libz.so.1")
libc = C.CDLL("libc.so.6", use_errno=True)


def declare(function, result, *arguments):
    function.restype = result
    function.argtypes = list(arguments)
    return function


class Div(C.Structure):
    _fields_ = [("quot", C.c_int), ("rem", C.c_int)]


Compare = C.CFUNCTYPE(C.c_int, C.POINTER(C.c_int32), C.POINTER(C.c_int32))
crc32 = declare(libz.crc32, C.c_ulong, C.c_ulong, C.c_char_p, C.c_uint)
compress2 = declare(
    libz.compress2, C.c_int, C.c_char_p, C.POINTER(C.c_ulong), C.c_char_p, C.c_ulong, C.c_int)
qsort = declare(libc.qsort, None, C.c_void_p, C.c_size_t, C.c_size_t, Compare)
div = declare(libc.div, Div, C.c_int, C.c_int)
strtod = declare(libc.strtod, C.c_double, C.c_void_p, C.POINTER(C.c_void_p))
snprintf = libc.snprintf
snprintf.restype = C.c_int


def data(value):
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])


def told(value):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def number(value):
    if math.isnan(value):
        return "nan"
    return value if math.isfinite(value) else "inf" if value > 0 else "-inf"


ERRNO = {0: 0, 22: "EINVAL", 34: "ERANGE"}


def perform(call):
    match call["call"]:
        case "crc32":
            bytes_ = data(call["data"])
            return {"ret": crc32(int(call["seed"]), bytes_, len(bytes_))}
        case "compress":
            bytes_ = data(call["src"])
            room = C.create_string_buffer(call["bound"] or 1)
            count = C.c_ulong(call["bound"])
            ret = compress2(room, C.byref(count), bytes_, len(bytes_), call["level"])
            found = {"ret": ret, "n": count.value}
            if ret == 0:
                found["result"] = told(room.raw[:count.value])
            return found
        case "qsort":
            values = (C.c_int32 * len(call["base"]))(*call["base"])
            qsort(values, len(values), 4, Compare(lambda a, b: (a[0] > b[0]) - (a[0] < b[0])))
            return {"base": list(values)}
        case "snprintf":
            room = C.create_string_buffer(64)
            ret = snprintf(room, C.c_size_t(64), b"%d|%g|%.3s", C.c_int(call["i"]), C.c_double(float(call["d"])),
                           C.c_char_p(call["s"].encode()))
            return {"ret": ret, "result": told(room.raw[:min(ret, 63)])}
        case "div":
            got = div(call["a"], call["b"])
            return {"ret": {"quot": got.quot, "rem": got.rem}}
        case "strtod":
            text = C.create_string_buffer(call["s"].encode())
            end = C.c_void_p()
            C.set_errno(0)
            ret = strtod(C.addressof(text), C.byref(end))
            offset = end.value - C.addressof(text)
            return {"ret": number(ret), "end": f"s+{offset}", "errno": ERRNO[C.get_errno()]}


with open(sys.argv[1], encoding="utf-8") as calls:
    for line in calls:
        print(json.dumps(perform(json.loads(line))))
