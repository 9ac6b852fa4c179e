/// The numbers at which a host leaves the descriptors of a worker.
package enum InheritedDescriptor {
  package static let input: Int32 = 3
  package static let output: Int32 = 4
  package static let cancel: Int32 = 5
  package static let claims: Int32 = 6
  package static let count: Int32 = 7
  /// Only of a fork server: the socket on which workers are ordered.
  package static let control: Int32 = 7
}

/// What is set in the environment while a fork server starts, and not in that of its workers.
package enum ForkServerEnvironment {
  package static let variables = [
    // What is bound once is not bound again in each fork.
    (name: "LD_BIND_NOW", value: "1"),
    // The kernel would write to one more page of each new process.
    (name: "GLIBC_TUNABLES", value: "glibc.pthread.rseq=0"),
  ]
}

/// What host and workers say they are, to each other and to people.
package let productVersion = "0.1.0"
