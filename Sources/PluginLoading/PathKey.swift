/// A path as a key. Two are the same only if their bytes are, as for the kernel; of two texts it would be enough that they look alike.
package struct PathKey: Hashable, Sendable {
  private let path: String

  package init(_ path: String) { self.path = path }

  package static func == (one: Self, other: Self) -> Bool { isSame(one.path, other.path) }

  package func hash(into hasher: inout Hasher) {
    path.utf8.span.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  static func isSame(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
    one.utf8.elementsEqual(other.utf8)
  }
}
