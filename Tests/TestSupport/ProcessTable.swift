internal import CPosix
internal import Foundation
internal import Glibc

/// What /proc says.
package enum ProcessTable {
  /// Whether the process runs: a zombie does not.
  package static func isAlive(_ pid: Int) -> Bool {
    guard let state = state(pid) else { return false }
    return state != "Z" && state != "X"
  }

  /// Whether all of them have ended within the time.
  package static func haveEnded(_ pids: [Int], seconds: Double) -> Bool {
    let deadline = cpx_now() + UInt64(seconds * 1e9)
    for pid in pids {
      let process = cpx_pidfd(pid_t(pid))
      guard process >= 0 else { continue }
      defer { close(process) }
      var poller = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
      let now = cpx_now()
      let rest = deadline > now ? (deadline - now) / 1_000_000 : 0
      guard poll(&poller, 1, Int32(rest)) == 1 else { return false }
    }
    return true
  }

  /// One letter; nil if there is no such process.
  package static func state(_ pid: Int) -> String? { fields(pid)?.first }

  /// Whether a signal waits to be taken by this process.
  package static func isPending(_ signal: Int32, in pid: Int) -> Bool {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return false }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let masks = lines.filter { $0.hasPrefix("SigPnd:") || $0.hasPrefix("ShdPnd:") }.compactMap {
      UInt64($0.dropFirst(7).drop { $0 == "\t" || $0 == " " }, radix: 16)
    }
    return masks.contains { $0 >> UInt64(signal - 1) & 1 == 1 }
  }

  package static func children(of pid: Int) -> [Int] {
    all { fields($0)?.dropFirst().first.flatMap { Int($0) } == pid }
  }

  package static func all(where isMeant: (Int) -> Bool) -> [Int] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap(Int.init).filter(isMeant)
  }

  /// NAME=value as they were when its program began; nil where it may not be seen, empty for a zombie.
  package static func environment(_ pid: Int) -> [String]? {
    FileManager.default.contents(atPath: "/proc/\(pid)/environ")?.split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Memory in use, in bytes.
  package static func resident(_ pid: Int) -> Int? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/statm") else { return nil }
    let pages = String(decoding: bytes, as: UTF8.self).split(separator: " ").dropFirst().first
    return pages.flatMap { Int($0) }.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
  }

  package static func descriptors(of pid: Int) throws -> [String: String] {
    var result: [String: String] = [:]
    let directory = "/proc/\(pid)/fd"
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      result[name] =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")) ?? "?"
    }
    return result
  }

  /// From the state on: the name before it may hold anything.
  private static func fields(_ pid: Int) -> [String]? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(separator: " ").map(String.init)
  }
}

extension ProcessTable {
  /// As hosts name themselves to what their workers start: number, start, machine.
  package static func name(_ pid: Int) throws -> String {
    var text = [CChar](repeating: 0, count: Int(CPX_PROCESS_NAME_SIZE))
    guard cpx_process_name(pid_t(pid), &text, text.count) == 0 else {
      throw Child.Failure(description: "process \(pid) has no name")
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
