public import CTaskHost

/// How much a log message matters.
public enum LogLevel: Int32, Sendable {
  /// Every step.
  case trace
  /// For the author of the kind.
  case debug
  /// Worth knowing.
  case info
  /// Doubtful.
  case warning
  /// Wrong.
  case error
}

/// The services that last as long as the process. They may be used from any thread.
public struct Host: @unchecked Sendable {
  /// The C value.
  public let raw: UnsafePointer<th_host>

  /// Wraps the C value.
  @inlinable
  public init(_ raw: UnsafePointer<th_host>) { self.raw = raw }

  /// Whether this process is a worker.
  public var isWorker: Bool { raw.pointee.role == UInt32(TH_ROLE_WORKER) }

  /// Whether the host is long enough to have a function at `offset`.
  private func reaches(_ offset: Int?) -> Bool {
    offset.map { Int(raw.pointee.size) >= $0 + MemoryLayout<UnsafeRawPointer>.size } ?? false
  }

  /// A table of further services, which begins with its size; nil when the host has none of that name.
  public func services(_ id: StaticString) -> UnsafeRawPointer? {
    guard reaches(MemoryLayout<th_host>.offset(of: \.extension)) else { return nil }
    return raw.pointee.extension(raw, id.cString)
  }

  /// An option of the run (`--set key=value`); nil when it is not set.
  public func option(_ key: String) -> String? {
    guard reaches(MemoryLayout<th_host>.offset(of: \.config_get)) else { return nil }
    return Bytes.lending(key) { key in
      let value = raw.pointee.config_get(raw, key)
      return value.ptr == nil ? nil : Bytes(value).text
    }
  }

  /// A numeric option of the run; an error when it is set to something else or lies outside `range`.
  public func option(_ key: String, in range: ClosedRange<Int>) throws(KindError) -> Int? {
    guard let text = option(key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw .badInput(
        "option \(key): found '\(text)', expected a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Writes to the host's log. The message is only made when someone reads it.
  public func log(_ level: LogLevel, _ message: @autoclosure () -> String) {
    guard reaches(MemoryLayout<th_host>.offset(of: \.log)), raw.pointee.log_enabled(raw, level.rawValue) != 0
    else { return }
    Bytes.lending(message()) { raw.pointee.log(raw, level.rawValue, $0) }
  }
}
