internal import ForeignSignatures
internal import Glibc
internal import TaskHostSDK

extension FFIQueue {
  /// The texts of a finding are cut at 64 KiB, which would break its members.
  private static let largestJSON = 60 << 10
  private static let largestMessage = 400

  func report(_ record: CallRecord, _ task: CallTask, _ call: Call) throws(KindError) {
    let name = interface.flatMap { interface in
      interface.entries.indices.contains(record.function)
        ? interface.entries[record.function].function.name : nil
    }
    if let results, record.end == .returned || record.end == .failed {
      try results.add(record, file: task.shown, name: name ?? "")
      if record.end == .returned { return }
    }
    let severity: TaskHostSDK.Severity =
      switch record.end {
      case .returned: .note
      case .failed: .failed
      case .badInput, .unreadable: .error
      }
    var message = record.message
    if !record.json.isEmpty {
      let shown = Self.cut(record.json)
      message = message.isEmpty ? shown : "\(message): \(shown)"
    }
    var diagnostic = Diagnostic(severity, message)
    diagnostic.file = task.shown
    diagnostic.line = task.shown.isEmpty ? 0 : record.line
    diagnostic.column = record.column
    diagnostic.label = name ?? ""
    diagnostic.json = Self.members(record)
    call.diagnostic(diagnostic)
  }

  private static func members(_ record: CallRecord) -> String {
    var members: [String] = []
    if !record.id.isEmpty { members.append("\"id\":\(record.id)") }
    if record.json.count > largestJSON {
      members.append("\"result_bytes\":\(record.json.count)")
    } else if !record.json.isEmpty {
      members.append("\"result\":" + String(decoding: record.json, as: UTF8.self))
    }
    return members.isEmpty ? "" : "{" + members.joined(separator: ",") + "}"
  }

  private static func cut(_ json: [UInt8]) -> String {
    if json.count <= largestMessage { return String(decoding: json, as: UTF8.self) }
    var end = largestMessage
    // At the start of a character.
    while end > 0, json[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: json[..<end], as: UTF8.self) + "... (\(json.count) bytes)"
  }
}

/// Results as JSON Lines, in the order in which they come.
final class ResultFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  init(_ path: String) throws(KindError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .badInput("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
    buffer.reserveCapacity(1 << 17)
  }

  deinit { close(descriptor) }

  func add(_ record: CallRecord, file: String, name: String) throws(KindError) {
    var line = JSONText()
    line.open("{")
    if !file.isEmpty {
      line.key("file")
      line.text(file)
      line.key("line")
      line.integer(Int64(record.line))
    }
    if !record.id.isEmpty {
      line.key("id")
      line.word(record.id)
    }
    line.key("call")
    line.text(name)
    if !record.message.isEmpty {
      line.key("failed")
      line.text(record.message)
    }
    line.key("result")
    record.json.withUnsafeBytes { line.copy($0) }
    line.close("}")
    buffer.append(contentsOf: line.bytes)
    buffer.append(0x0A)
    if buffer.count >= 1 << 16 { try flush() }
  }

  func flush() throws(KindError) {
    var done = 0
    while done < buffer.count {
      let got = buffer.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        throw .internal("cannot write '\(path)': \(String(cString: strerror(errno)))")
      }
      done += got
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
