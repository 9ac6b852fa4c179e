internal import CTaskHost

/// A version of the plugin ABI.
package struct ABIVersion: Hashable, Sendable, CustomStringConvertible {
  package var major: UInt32
  package var minor: UInt32

  package init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// The one of this host.
  package static let ours = ABIVersion(major: UInt32(TH_ABI_MAJOR), minor: UInt32(TH_ABI_MINOR))

  package var description: String { "\(major).\(minor)" }

  /// Whether this host runs a plugin that was made for `major` and needs at least `minor`.
  func accepts(major: UInt32, needsMinor: UInt32) -> Bool {
    major == self.major && needsMinor <= minor
  }

  /// What to do about a plugin that was made for `major`.
  func cure(major: UInt32) -> String {
    major >= self.major
      ? "Use a newer taskhost, or build the plugin against the header of this one."
      : "Build the plugin against the header of this taskhost."
  }
}
