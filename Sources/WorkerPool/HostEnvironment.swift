internal import Glibc
internal import Wire

/// The environment that workers inherit, as C strings that live as long as the pool.
struct HostEnvironment: ~Copyable {
  private var inherited: [UnsafeMutablePointer<CChar>]

  init(_ surroundings: Surroundings) {
    inherited = []
    let own = Set(surroundings.variables.map(\.name))
    let removed = Set(surroundings.removedVariables)
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      // Ours are for the host; a worker that starts a taskhost of its own must not inherit its paths, and gets the mark of
      // this host in place of that of the one above. A crash report of
      // the Swift runtime would delay each death by 10 ms, and the host reports it anyway.
      let name = String(variable.prefix { $0 != "=" })
      let isWanted =
        switch surroundings.inheritance {
        case .all: !removed.contains(name)
        case .only(let names): names.contains(name) && !removed.contains(name)
        }
      if isWanted, !own.contains(name), !name.hasPrefix("TASKHOST_"), name != "SWIFT_BACKTRACE" {
        inherited.append(strdup(text))
      }
      entry += 1
    }
    if let mark = HostMark.ofThisProcess() { inherited.append(strdup(mark)) }
    for (name, value) in surroundings.variables { inherited.append(strdup("\(name)=\(value)")) }
    if !own.contains("SWIFT_BACKTRACE") { inherited.append(strdup("SWIFT_BACKTRACE=enable=no")) }
  }

  deinit { for text in inherited { free(text) } }

  /// Those of a fork server that are set by nobody else: NAME=value.
  borrowing func additions(to items: [String]) -> [String] {
    ForkServerEnvironment.variables.compactMap { name, value in
      let start = "\(name)="
      let isTaken =
        items.contains { $0.hasPrefix(start) }
        || inherited.contains { strncmp($0, start, start.utf8.count) == 0 }
      return isTaken ? nil : start + value
    }
  }

  /// NAME=value items of the kind stand first and replace what the host has under the same names.
  borrowing func with<R>(
    _ items: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    let own = items.map { strdup($0)! }
    defer { for text in own { free(text) } }
    let names = items.map { item in Array(item.utf8.prefix { $0 != UInt8(ascii: "=") }) + [UInt8(ascii: "=")]
    }
    let rest = inherited.filter { text in
      !names.contains { strncmp(text, $0.map(CChar.init(bitPattern:)), $0.count) == 0 }
    }
    var all: [UnsafeMutablePointer<CChar>?] = own + rest
    all.append(nil)
    return all.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
