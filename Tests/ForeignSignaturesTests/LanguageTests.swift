import ForeignSignatures
import Testing

/// What a file of signatures says, or each thing that is wrong with it as LINE:COLUMN: MESSAGE.
private func problems(_ text: String) -> [String] {
  do throws(Problems) {
    _ = try Interface(reading: text.utf8)
    return []
  } catch {
    return error.list.map { "\($0.place.line):\($0.place.column): \($0.message)" }
  }
}

private func entry(_ line: String, before: String = "") throws -> Interface.Entry {
  try #require(try Interface(reading: "lib \"libx.so.1\"\n\(before)\(line)\n".utf8).entries.first)
}

@Suite struct LanguageTests {
  /// One file with all that the language has.
  static let whole = """
    # what libraries there are
    lib   "libz.so.1"            # soname or absolute path
    kind  org.example.crc32 = fn u64 crc32(u64 seed, in bytes data : u32 len)  pure, errno=no, timeout=2s
    kind  libz.compress = fn i32 compress2(out bytes<bound> dst : inout u64 n, in bytes src : u64 m, i32 level)  fail if ret != 0, result bytes = dst[0..n]
    lib   "/lib/libc.so.6"
    struct timeval { i64 sec; i64 usec; } size 16 align 8
    struct outer { timeval when; u8 tag; }
    callback cmp_i32 = i32 (ref i32, ref i32) builtin ascending
    owned cstr = free("free")
    kind  libc.qsort = fn void qsort(inout array<i32> base : u64 n, const u64 4, callback cmp_i32)
    kind  libm.hypot = fn f64 hypot(f64, f64) pure
    kind  libc.snprintf = fn i32 snprintf(out bytes<4096> buf : u64 cap, const cstr "%d %g", ... | i32, f64) result bytes = buf[0..min(ret,4095)]
    kind  libc.strtol = fn i64 strtol(cstr s, out ptr end, i32 base) errno=yes, fail if errno != 0
    kind  libc.strdup = fn owned cstr strdup(cstr s)
    kind  libc.gettimeofday = fn int gettimeofday(out ref timeval tv, const ptr null)
    kind  libc.nothing = fn void tzset()
    kind  c.names = fn unsigned long f(char *s, size_t n, unsigned char c, const long long -5 k, long double_ish)
    """

  @Test func aLengthMayStandInFront() throws {
    let line = "kind a = fn i32 f(u32 n : in bytes data, inout u64 m : out array<i32, 4> list, u8 x)"
    let function = try entry(line).function
    #expect(
      Printer.text(function).hasSuffix("(u32 n : in bytes data, inout u64 m : out array<i32, 4> list, u8 x)"))
    #expect(
      problems("lib \"libx.so.1\"\nkind a = fn i32 f(u32 n : u32 m)") == [
        "2:27: behind the ':' stands what has this length: bytes or an array without another one"
      ])
    #expect(problems("lib \"libx.so.1\"\nkind a = fn i32 f(u32 n : in bytes d : u32 m)").count == 1)
    #expect(problems("lib \"libx.so.1\"\nkind a = fn i32 f(f64 n : in bytes d)").count == 1)
  }

  @Test func theWholeLanguageIsUnderstood() throws {
    let interface = try Interface(reading: Self.whole.utf8)
    #expect(interface.libraries.map(\.name) == ["libz.so.1", "/lib/libc.so.6"])
    #expect(interface.entries.map(\.library) == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    let crc = interface.entries[0].function
    #expect(crc.isPure && !crc.readsErrno && crc.timeoutNanoseconds == 2_000_000_000)
    #expect(crc.symbol == "crc32" && crc.result == .value(.scalar(.u64)))
    #expect(interface.entries[1].function.failures.count == 1)
    #expect(interface.entries[4].function.tail?.count == 2)
    #expect(interface.entries[6].release == "free")
    let layout = interface.layouts.structures["outer"]
    #expect(layout?.size == 24 && layout?.alignment == 8 && layout?.members.map(\.offset) == [0, 16])
  }

  @Test func namesOfCAreThoseOf64BitLinux() throws {
    let function = try entry(
      "kind k = fn unsigned long f(char *s, size_t n, unsigned char c, const long long -5 k, long l, int i)"
    ).function
    #expect(function.result == .value(.scalar(.u64)))
    #expect(
      function.parameters.map { Printer.text($0) }
        == ["cstr s", "size n", "u8 c", "const i64 -5 k", "i64 l", "i32 i"])
  }

  @Test func allProblemsAreToldAtOnceWithTheirPlaces() {
    let text = """
      lib "libz.so.1"
      kind a = fn u64 crc32(u64 seed, in byts data)
      kind b = fn u65 f()
      kind c = fn i32 g(i32 x
      kind d = fn i32 h() pur
      """
    #expect(
      problems(text) == [
        "2:33: unknown type 'byts'", "3:17: unknown type 'u65'", "5:1: found 'kind', expected ',' or ')'",
        "5:21: found 'pur', expected pure, errno=yes, timeout=..., fail if ... or result ...",
      ])
    // What a struct that can not be read would have been is not guessed.
    #expect(
      problems("lib \"l\"\nstruct s { i32 }\nkind a = fn i32 f(s x)\nkind b = fn i32 g(nope x)").count == 1)
  }

  /// One mistake each, and what is said of it.
  @Test(arguments: [
    ("kind a = fn u64 f(u65 x)", "2:19: unknown type 'u65'"),
    ("kind a = fn u65 f()", "2:17: unknown type 'u65'"),
    ("struct s { s inner; }\nkind a = fn i32 f(s x)", "2:12: struct s would hold itself by value: cyclic"),
    (
      "struct a { b x; }\nstruct b { a y; }\nkind k = fn i32 f(a x)",
      "3:12: struct b would hold itself by value: cyclic"
    ),
    ("struct s { }\nkind a = fn i32 f(s x)", "2:1: struct s has no members: C has no struct of size zero"),
    (
      "kind a = fn i32 f(void x)",
      "2:19: void is no type of an argument: a function without any has ()"
    ),
    (
      "kind a = fn i32 f(const cstr \"%f\", ... | f32)",
      "2:42: C passes a variadic f32 as f64: write f64"
    ),
    ("kind a = fn i32 f(const cstr \"%d\", ... | i8)", "2:42: C passes a variadic i8 as i32: write i32"),
    ("kind a = fn i32 f(const cstr \"%d\", ... | i16)", "2:42: C passes a variadic i16 as i32: write i32"),
    (
      "kind a = fn i32 printf(cstr format, ... | i32)",
      "2:17: the last argument before '...' must be fixed with const: a format from a request could write memory"
    ),
    (
      "struct s { i32 a; i64 b; } size 12\nkind a = fn i32 f(s x)",
      "2:1: struct s has size 16, the line says 12"
    ),
    (
      "struct s { i32 a; i64 b; } align 4\nkind a = fn i32 f(s x)",
      "2:1: struct s has align 8, the line says 4"
    ),
    ("kind a = fn i32 system(cstr s)", "2:17: 'system' may not be called"),
    (
      "kind a = fn i32 f(out bytes b)",
      "2:19: an output needs a length: bytes<4096>, or the name of a number of the request in its place"
    ),
    (
      "kind a = fn i32 f(out bytes<67108865> b)",
      "2:19: found a buffer of 67108865 elements, expected at most 67108864 bytes"
    ),
    ("kind a = fn i32 f(i32 x, i64 x)", "2:26: two arguments are called 'x'"),
    ("kind a = fn i32 f(i32 ret)", "2:19: the name 'ret' has a meaning of its own in calls and results"),
    ("kind a = fn i32 f(callback c)", "2:19: unknown callback 'c'"),
    ("kind a = fn i32 f() fail if errno != 0", "2:29: errno is not read: add errno=yes"),
    ("kind a = fn i32 f() fail if rest != 0", "2:29: 'rest' is no argument that is a whole number"),
    ("kind a = fn void f() fail if ret != 0", "2:30: ret is no whole number and no address"),
    ("kind a = fn i32 f(in bytes b) result bytes = b[0..3]", "2:31: 'b' is no output of this function"),
    (
      "kind a = fn owned cstr f()",
      "2:24: 'owned cstr' needs a line 'owned cstr = free(\"...\")' below the line of its library"
    ),
    (
      "kind a = fn bytes f()",
      "2:13: found 'bytes', expected a type whose length is known: the library says nothing of that of a result"
    ),
    ("kind a = fn i32 f(const i8 200)", "2:28: found '200', expected a number that an i8 holds"),
    (
      "kind a = fn i32 f(int *p)",
      "2:23: found '*', expected no pointer: write in, out or inout before the type, or bytes, array<...> or ptr"
    ),
    ("kind a = fn i32 f() timeout=2", "2:29: found '2', expected a duration such as 2s or 500ms"),
    ("kind a = fn i32 f()\nkind a = fn i32 g()", "3:1: 'a' is there already"),
    (
      "callback c = i32 (ref i32, ref i64) builtin ascending\nkind a = fn i32 f(callback c)",
      "2:1: builtin ascending is i32 (ref T, ref T) for one type T of numbers"
    ),
    (
      "callback c = i32 (ref i32) builtin mine\nkind a = fn i32 f(callback c)",
      "2:1: found builtin 'mine', expected one of ascending, descending, zero"
    ),
    (
      "lib \"./libx.so\"\nkind a = fn i32 f()",
      "2:1: found the relative path \"./libx.so\", expected a soname or an absolute path"
    ),
    ("kind a = fn i32 f($)", "2:19: '$' does not belong into a signature"),
    ("kind a = fn i32 f(const cstr \"x)", "2:30: this text does not end on its line"),
  ])
  func oneMistake(line: String, said: String) {
    #expect(problems("lib \"libx.so.1\"\n" + line).first == said)
  }

  @Test func limitsOfASignature() {
    let many = (0..<65).map { "i32 a\($0)" }.joined(separator: ", ")
    #expect(problems("lib \"l\"\nkind a = fn i32 f(\(many))") == ["2:1: 65 arguments, at most 64"])
    var deep = "struct s0 { i32 x; }\n"
    for level in 1...8 { deep += "struct s\(level) { s\(level - 1) x; }\n" }
    #expect(
      problems("lib \"l\"\n\(deep)kind a = fn i32 f(s8 x)") == [
        "10:1: struct s8 is 9 structs deep, at most 8"
      ])
    let wide = "struct w { " + (0..<513).map { "i64 m\($0);" }.joined(separator: " ") + " }\n"
    #expect(
      problems("lib \"l\"\n\(wide)kind a = fn i32 f(w x)") == ["2:1: struct w has 4104 bytes, at most 4096"])
    #expect(
      problems("kind a = fn i32 f()") == ["1:1: no library: a line 'lib \"...\"' comes before its functions"])
    #expect(problems("") == ["1:1: there is no kind in this file"])
  }
}
