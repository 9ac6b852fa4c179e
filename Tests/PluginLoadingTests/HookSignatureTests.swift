import PluginLoading
import Testing

@Suite struct HookSignatureTests {
  @Test(arguments: Hook.known)
  func whatIsPrintedIsReadAsTheSame(hook: Hook) throws {
    let (name, signature) = try HookSignature.read(hook.declaration)
    #expect(name == hook.name && signature == hook.signature)
    let (none, same) = try HookSignature.read(hook.signature.description)
    #expect(none == nil && same == hook.signature)
  }

  @Test func allKindsOfArgumentsAreUnderstood() throws {
    let text = """
      table every(host, call, queue, worker, session, new queue a, new worker b, new session c, bytes, text, i32 d, u32 e, i64 f, \
      worker_status)
      """
    let (_, signature) = try HookSignature.read(text)
    #expect(signature.description(named: "every") == text)
    #expect(signature.inputs.map(\.name) == ["bytes", "text", "d", "e", "f"])
    #expect(signature.passedArguments.count == 14)
    let (_, more) = try HookSignature.read("void(u64,f64, gone,totals, worker_handle , out, items, words)")
    #expect(more.passedArguments.suffix(2) == [.pointer, .u64] && more.passedResult == .void)
    #expect(more.passedArguments.prefix(2) == [.u64, .f64])
  }

  @Test(arguments: [
    ("", 1, "the end", "a result"), ("word(call)", 1, "'word'", "a result"),
    ("status", 7, "the end", "'('"), ("status[", 7, "'['", "'('"),
    ("status(call", 12, "the end", "',' or ')'"), ("status(call;)", 12, "';'", "',' or ')'"),
    ("status(call,)", 13, "')'", "a kind of argument"), ("status(Call)", 8, "'C'", "a kind of argument"),
    ("status(byte)", 8, "'byte'", "one of host, call"), ("status(new table)", 8, "'new table'", "one of"),
    ("status(bytes, bytes)", 15, "a second 'bytes'", "another name"),
    ("status(call a, call b)", 21, "a second call", "one at most"),
    ("status(words, bytes)", 15, "an input behind words", "words as the last input"),
    ("status(bytes? a, u64 b)", 22, "an input behind bytes?", "bytes? as the last input"),
    ("status(call) x", 14, "'x'", "the end"), ("status(call\u{7})", 12, "byte 0x7", "',' or ')'"),
    ("status(out?)", 8, "'out?'", "one of"),
  ])
  func oneMistakeIsToldWithItsColumn(text: String, column: Int, found: String, expected: String) {
    #expect {
      _ = try HookSignature.read(text)
    } throws: { error in
      guard let error = error as? SignatureError else { return false }
      return error.column == column && error.found == found && error.expected.hasPrefix(expected)
    }
  }

  @Test func lengthsAreBounded() {
    let many = "void(" + (1...17).map { "u64 a\($0)" }.joined(separator: ",") + ")"
    #expect { _ = try HookSignature.read(many) } throws: { "\($0)".contains("argument 17") }
    let long = "void(" + String(repeating: " ", count: 1100) + ")"
    #expect { _ = try HookSignature.read(long) } throws: { "\($0)".contains("at most 1024") }
  }

  /// Whatever stands in a manifest is read or refused.
  @Test func damagedTextIsRefusedInWords() {
    var state: UInt64 = 7
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var refused = 0
    for round in 0..<20_000 {
      var bytes = Array(Hook.known[round % Hook.known.count].declaration.utf8)
      for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
      do throws(SignatureError) {
        _ = try HookSignature.read(String(decoding: bytes, as: UTF8.self))
      } catch {
        refused += 1
        #expect(error.column >= 1 && !error.found.isEmpty && !error.expected.isEmpty)
      }
    }
    #expect(refused > 1000)
  }
}
