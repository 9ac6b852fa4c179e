/// What a plugin says about itself without being run.
package struct Manifest: Hashable, Sendable {
  /// One option of a kind, set with `--set key=value`.
  package struct Option: Hashable, Sendable {
    package var key: String
    /// "string", "int", "float", "bool", or one that a newer host knows.
    package var type: String
    package var defaultValue: JSONValue?
    package var help: String
  }

  /// What a kind needs of its surroundings; nil where it does not say.
  package struct Needs: Hashable, Sendable {
    package var network: Bool?
    package var filesystem: String?
    package var spawn: Bool?
    package var threads: Bool?
  }

  /// What a kind promises not to exceed; nil where it does not say.
  package struct Limits: Hashable, Sendable {
    package var maxRequest: UInt64?
    package var maxResponse: UInt64?
    package var maxRSSMiB: UInt64?
  }

  package var id: String
  /// The short name for commands.
  package var name: String
  package var version: String
  package var abiMajor: UInt32
  package var needsMinor: UInt32
  package var wire: String
  /// The flags that this host knows.
  package var flags: KindFlags
  package var summary: String
  /// Empty where it does not say.
  package var license: String
  package var homepage: String
  package var sdk: String
  package var config: [Option]
  /// Words that `taskhost plugin check` gives to the kind.
  package var examples: [String]
  /// Hooks that a host may not know, by which it can call and watch them.
  package var hooks: [Hook]
  package var needs: Needs
  package var limits: Limits
}

/// Where a manifest is wrong.
package struct ManifestError: Error, Hashable, Sendable {
  package var found: String
  package var expected: String
}
