import CTaskHost
import Foundation
import PluginLoading
import Testing

/// The source of a small C plugin; each test changes what it is about.
struct PluginSource {
  var id = "org.example.test"
  var name = "test"
  var version = "1.0.0"
  var wire = "test/1"
  var flags = "TH_KIND_IDEMPOTENT"
  var size = "sizeof(th_kind)"
  var major = "TH_ABI_MAJOR"
  var needsMinor = "0"
  var perform = "perform"
  /// More members of the table.
  var members = ""
  /// More members of the manifest, each with a comma before it.
  var moreManifest = #","flags":["idempotent"]"#
  /// In place of the whole manifest; empty for none.
  var manifest: String?
  var entryBody = "return &table;"
  var entryAttributes = "TH_EXPORT"
  var extra = ""
  var linkFlags: [String] = []

  var manifestText: String {
    manifest
      ?? """
      {"schema":1,"id":"\(id)","name":"\(name)","version":"\(version)","abi":{"major":1,"needs_minor":0},\
      "wire":"\(wire)"\(moreManifest)}
      """
  }

  static func literal(_ text: String) -> String {
    "\""
      + text.utf8.map { byte in
        (0x20...0x7E).contains(byte) && byte != 0x22 && byte != 0x5C && byte != 0x3F
          ? String(Unicode.Scalar(byte)) : "\\" + String(byte, radix: 8).leftPadded(3)
      }.joined() + "\""
  }

  var text: String {
    """
    #include "taskhost.h"
    \(manifestText.isEmpty ? "" : "TH_MANIFEST(\(Self.literal(manifestText)));")
    static th_status perform(th_worker *w, th_call *c, th_bytes request, th_out *response) {
      (void)w; (void)c;
      return th_write(response, request.ptr, request.len);
    }
    \(extra)
    static const th_kind table = {
      .size = \(size), .abi_major = \(major), .abi_minor = TH_ABI_MINOR, .needs_minor = \(needsMinor),
      .flags = \(flags), .id = "\(id)", .name = "\(name)", .version = "\(version)", .wire = "\(wire)",
      .perform = \(perform), \(members)
    };
    \(entryAttributes) const th_kind *taskhost_plugin_v1(const th_host *host, th_call *call) {
      (void)host; (void)call;
      (void)perform; (void)&table;
      \(entryBody)
    }
    """
  }
}

extension String {
  fileprivate func leftPadded(_ width: Int) -> String {
    String(repeating: "0", count: max(0, width - count)) + self
  }
}

/// A directory that goes away with the test.
final class Workshop {
  let directory: String

  init() throws {
    var template = Array("/tmp/plugin-loading-XXXXXX".utf8CString)
    directory = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
  }

  func path(_ name: String) -> String { directory + "/" + name }

  func makeDirectory(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    try setMode(0o755, path(name))
    return path(name)
  }

  func setMode(_ mode: mode_t, _ path: String) throws { try #require(chmod(path, mode) == 0) }

  /// Compiles a plugin as `name` inside the directory.
  @discardableResult
  func build(_ source: PluginSource = PluginSource(), as name: String = "test.so") throws -> String {
    try compile(source.text, as: name, flags: ["-shared", "-fPIC"] + source.linkFlags)
  }

  @discardableResult
  func compile(_ text: String, as name: String, flags: [String]) throws -> String {
    let file = path(name + ".c")
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    let include = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../SDK/include").standardizedFileURL.path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["cc", "-std=gnu11", "-O1", "-I", include, file, "-o", path(name)] + flags
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(String(decoding: message, as: UTF8.self))")
    try FileManager.default.removeItem(atPath: file)
    try setMode(0o755, path(name))
    return path(name)
  }

  func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  /// Writes a new file, with a new inode, under the name.
  @discardableResult
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)), options: .atomic)
    try setMode(0o755, path(name))
    return path(name)
  }
}

/// The services that the tests give to plugins; made once, because plugins stay loaded.
nonisolated(unsafe) let testHost: UnsafePointer<th_host> = {
  let host = UnsafeMutablePointer<th_host>.allocate(capacity: 1)
  host.initialize(to: th_host())
  host.pointee.size = UInt32(MemoryLayout<th_host>.size)
  host.pointee.abi_major = UInt16(TH_ABI_MAJOR)
  host.pointee.abi_minor = UInt16(TH_ABI_MINOR)
  host.pointee.role = TH_ROLE_HOST
  host.pointee.log_enabled = { _, _ in 0 }
  host.pointee.log = { _, _, _ in }
  host.pointee.config_get = { _, _ in th_bytes() }
  host.pointee.extension = { _, _ in nil }
  return UnsafePointer(host)
}()

/// What the text of every refusal must name.
func expectNamed(_ refusal: Refusal, in file: String? = nil, _ location: SourceLocation = #_sourceLocation) {
  let text = refusal.description
  for part in [refusal.file, refusal.rule.id, refusal.found, refusal.expected, refusal.cure] {
    // Control characters are shown in another way.
    let isShown = part.unicodeScalars.contains { $0.properties.generalCategory == .control }
    #expect(!part.isEmpty && (isShown || text.contains(part)), sourceLocation: location)
  }
  if let file { #expect(refusal.file.hasSuffix(file), sourceLocation: location) }
}

/// Loads a file that must be refused.
func refusal(
  _ path: String, origin: SearchPath.Origin = .environment, policy: LoadPolicy = LoadPolicy(),
  _ location: SourceLocation = #_sourceLocation
) throws -> Refusal {
  let refusal = try #require(throws: Refusal.self, sourceLocation: location) {
    _ = try Plugin.load(path, origin: origin, policy: policy, host: testHost)
  }
  expectNamed(refusal, location)
  return refusal
}
