import Foundation
import TestSupport
import Testing

/// Names of files are bytes.
@Suite struct WordBytesTests {
  /// Of a shell, as no text of Swift can hold them.
  @Test func wordsThatAreNotUTF8ComeAsTheyAre() throws {
    let plugin = try TestKind.path("printer.c")
    let child = try Child(
      "/bin/sh",
      [
        "-c",
        #"exec "$0" run --plugin "$1" -j 1 "$(printf 'out a\377b')" --keep-order "$(printf 'out \303\244')" "out c""#,
        Taskhost.executable, plugin,
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0), "\(child.errorText)")
    #expect(child.output == Array("a".utf8) + [0xFF] + Array("b\nä\nc\n".utf8))
  }

  /// More of them than the parser gets.
  @Test func alsoOfManyWords() throws {
    let plugin = try TestKind.path("printer.c")
    let child = try Child(
      "/bin/sh",
      [
        "-c",
        """
        program=$0 plugin=$1
        IFS='
        '
        set -- $(seq 200 | sed 's/^/out /') "$(printf 'out \\376')"
        exec "$program" run --plugin "$plugin" --keep-order "$@"
        """, Taskhost.executable, plugin,
      ], environment: Taskhost.environment)
    #expect(try child.finish() == .exited(0), "\(child.errorText)")
    let lines = (1...200).map { "\($0)\n" }.joined()
    let expected: [UInt8] = Array(lines.utf8) + [0xFE, 0x0A]
    #expect(child.output == expected)
  }
}
