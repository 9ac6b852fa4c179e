/// Parts of a path, as GNU parallel cuts them.
enum PathParts {
  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")

  /// Behind the last slash.
  static func base(_ path: [UInt8]) -> ArraySlice<UInt8> {
    guard let last = path.lastIndex(of: slash) else { return path[...] }
    return path[(last + 1)...]
  }

  /// Up to the last dot, if no slash comes after it.
  static func withoutExtension(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let last = path.lastIndex(where: { $0 == dot || $0 == slash }), path[last] == dot else {
      return path
    }
    return path[..<last]
  }

  /// As `dirname` does it: slashes at the end count for nothing, and without a directory it is ".".
  static func directory(_ path: [UInt8]) -> [UInt8] {
    var directory = parent(path)
    if path.isEmpty || path.last == slash { directory = parent(directory) }
    return directory
  }

  /// What stands before the last slash, without slashes at its end.
  private static func parent(_ path: [UInt8]) -> [UInt8] {
    guard let last = path.lastIndex(of: slash) else { return [dot] }
    var result = path[...last]
    while result.count > 1, result.last == slash { result.removeLast() }
    return Array(result)
  }
}
