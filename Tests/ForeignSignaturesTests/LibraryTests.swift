import ForeignLibraries
import Foundation
import Testing

@Suite struct ForeignLibraryTests {
  @Test func digestsAreThoseOfTheStandard() {
    for (text, digest) in [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ] {
      var hash = SHA256()
      let bytes = Array(text.utf8)
      // In pieces that fit no block.
      for start in stride(from: 0, to: bytes.count, by: 1000 + 7) {
        hash.update(Array(bytes[start..<min(start + 1007, bytes.count)]))
      }
      #expect(hash.finish() == digest)
    }
  }

  @Test func aLibraryIsFoundAndReadWithoutLoadingIt() throws {
    let library = try SharedObject(try LibrarySearch.path(of: "libz.so.1"))
    #expect(library.symbols["crc32"]?.isFunction == true)
    #expect(library.symbols["malloc"] == nil, "what it uses is not what it defines")
    #expect(SharedObject.Identity.now(library.path) == library.identity)
    let system = try SharedObject(try LibrarySearch.path(of: "libc.so.6"))
    #expect(system.symbols["strlen"]?.isFunction == true, "an indirect function")
    #expect(system.symbols["environ"]?.isFunction == false)
    #expect(system.symbols["_exit"]?.value == system.symbols["_Exit"]?.value)
  }

  @Test func whatIsNoLibraryIsRefused() throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
    let good = try Data(contentsOf: URL(filePath: try LibrarySearch.path(of: "libz.so.1")))
    var other = good
    other[18] = 0xF3
    var executable = good
    executable[16] = 2
    for (name, bytes, said) in [
      ("text.so", Data("hello".utf8), "is no library: it has 5 bytes"),
      ("long.so", Data(repeating: 0x61, count: 100), "it does not begin as an ELF file"),
      ("machine.so", other, "is for another machine: found class 2 and machine 243"),
      ("program.so", executable, "is no shared library: its type is 2, expected 3"),
      ("half.so", good.prefix(good.count / 2), "is damaged: something lies behind its end"),
    ] {
      let path = place.appending(path: name).path
      try bytes.write(to: URL(filePath: path))
      do throws(LibraryError) {
        _ = try SharedObject(path)
        Issue.record("\(name) was taken")
      } catch { #expect(error.message.contains(said), "\(error.message)") }
    }
    let open = place.appending(path: "open.so").path
    try good.write(to: URL(filePath: open))
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: open)
    #expect(throws: LibraryError("'\(open)' may be written by others")) { _ = try SharedObject(open) }
    #expect(throws: LibraryError.self) { _ = try SharedObject(place.path) }
    #expect(throws: LibraryError.self) { _ = try LibrarySearch.path(of: "libnowhere.so.9") }
  }

  /// Whatever the bytes are, the answer comes in words.
  @Test(arguments: 0..<3)
  func damagedFilesDoNoHarm(_ seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let place = FileManager.default.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString).so")
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
    let good = try Data(contentsOf: URL(filePath: try LibrarySearch.path(of: "libz.so.1")))
    for _ in 0..<60 {
      var bytes = good
      for _ in 0..<20 {
        let isHeader = Bool.random(using: &random)
        let at =
          isHeader ? Int.random(in: 0..<1000, using: &random) : Int.random(in: 0..<good.count, using: &random)
        bytes[at] = UInt8.random(in: 0...255, using: &random)
      }
      try bytes.write(to: place)
      do throws(LibraryError) {
        _ = try SharedObject(place.path)
      } catch { #expect(!error.message.isEmpty) }
    }
  }

  @Test func theListNamesFileDigestAndSymbols() throws {
    let library = try SharedObject(try LibrarySearch.path(of: "libz.so.1"))
    let digest = try library.digest()
    func refusal(_ text: String, _ symbols: [String] = ["crc32"]) throws -> String? {
      try AllowList(text, name: "list").refusal(library, symbols)
    }
    #expect(try refusal("# all\n\(library.path) \(digest) *\n") == nil)
    #expect(try refusal("\(library.path) \(digest.uppercased()) adler32 crc32") == nil)
    #expect(
      try refusal("/lib/other.so \(digest) *")
        == "'\(library.path)' is not in the list of what may be called (a line that allows it: \(library.path) \(digest) crc32)"
    )
    let zeros = String(repeating: "0", count: 64)
    #expect(
      try refusal("\(library.path) \(zeros) *")
        == "'\(library.path)' has the SHA-256 \(digest), the list says \(zeros)")
    #expect(
      try refusal("\(library.path) \(digest) adler32", ["crc32", "adler32"])?
        .hasPrefix("the list does not allow crc32 of '\(library.path)'") == true)
    #expect(throws: LibraryError.self) { _ = try AllowList("libz.so.1 \(digest) *", name: "list") }
  }
}
