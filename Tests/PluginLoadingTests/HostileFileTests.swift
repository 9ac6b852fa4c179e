import Foundation
import PluginLoading
import Testing

/// Files that were made to mislead the reader: it must answer, and never trap.
@Suite struct HostileFileTests {
  /// The same numbers in every run.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  private func good(_ flags: [String] = []) throws -> [UInt8] {
    let shop = try Workshop()
    var source = PluginSource()
    source.extra = "#include <stdlib.h>\nvoid *(*volatile allocate)(size_t) = malloc;"
    source.linkFlags = ["-Wl,-z,noseparate-code", "-Wl,-rpath,$ORIGIN", "-s"] + flags
    return try shop.bytes(try shop.build(source))
  }

  private func read(_ bytes: [UInt8]) -> ELFFile? {
    do {
      let elf = try ELFFile(bytes: bytes)
      for text in elf.manifests { readManifest(text) }
      return elf
    } catch {
      #expect(!error.found.isEmpty && !error.expected.isEmpty)
      return nil
    }
  }

  private func readManifest(_ text: [UInt8]) {
    do { _ = try Manifest(text: text) } catch { #expect(!error.found.isEmpty && !error.expected.isEmpty) }
  }

  @Test(arguments: ["gnu", "sysv"])
  func aFileThatEndsAnywhereIsRefusedOrReadInFull(style: String) throws {
    let bytes = try good(["-Wl,--hash-style=\(style)"])
    let whole = try ELFFile(bytes: bytes)
    try #require(whole.entry == .function && whole.libcVersion != nil && bytes.count > 4096)
    var refused = 0
    for length in 0..<bytes.count {
      guard let part = read(Array(bytes.prefix(length))) else {
        refused += 1
        continue
      }
      #expect(part.entry == .function && part.manifests == whole.manifests && part.needed == whole.needed)
    }
    // Only the section headers at the end are not read.
    #expect(refused > bytes.count / 2)
  }

  @Test func aTruncatedFileOnDiskIsRefused() throws {
    let shop = try Workshop()
    let bytes = try good()
    for length in stride(from: 0, to: 4096, by: 61) {
      let path = try shop.write(Array(bytes.prefix(length)), as: "part.so")
      #expect(throws: Refusal.self) { _ = try Plugin.load(path, origin: .environment, host: testHost) }
    }
  }

  @Test(arguments: ["gnu", "sysv"])
  func flippedBitsNeverTrapTheReader(style: String) throws {
    let bytes = try good(["-Wl,--hash-style=\(style)"])
    var numbers = Numbers(state: 20_240_601)
    var accepted = 0
    for _ in 0..<20_000 {
      var changed = bytes
      // Mostly where the tables are.
      let range = Int.random(in: 0..<4, using: &numbers) == 0 ? bytes.count : min(bytes.count, 2048)
      for _ in 0..<Int.random(in: 1...8, using: &numbers) {
        changed[Int.random(in: 0..<range, using: &numbers)] ^= UInt8.random(in: 1...255, using: &numbers)
      }
      if read(changed) != nil { accepted += 1 }
    }
    #expect(accepted > 0 && accepted < 20_000)
  }

  @Test func extremeNumbersInTheTablesNeverTrapTheReader() throws {
    let bytes = try good()
    for place in stride(from: 0, to: min(bytes.count, 4096) - 8, by: 4) {
      for value in [UInt64.max, UInt64(Int64.max), 1 << 63, 1 << 47, 1 << 32, UInt64(UInt32.max), 0] {
        for width in [4, 8] {
          var changed = bytes
          for index in 0..<width { changed[place + index] = UInt8(truncatingIfNeeded: value >> (index * 8)) }
          _ = read(changed)
        }
      }
    }
  }

  @Test func changedManifestsNeverTrapTheReader() throws {
    let text = Array(
      """
      {"schema":1,"id":"org.a","name":"a","version":"1","abi":{"major":1,"needs_minor":0},"wire":"w\\u00e9",
      "flags":["splits"],"limits":{"max_request":1e3},"config":[{"key":"k","type":"int","default":-0.5e-3}]}
      """.utf8)
    for length in 0..<text.count { readManifest(Array(text.prefix(length))) }
    var numbers = Numbers(state: 7)
    for _ in 0..<20_000 {
      var changed = text
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        changed[Int.random(in: 0..<text.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
      }
      readManifest(changed)
    }
  }
}
