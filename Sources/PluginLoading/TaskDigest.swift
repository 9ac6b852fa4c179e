internal import Crypto

/// Half a SHA-256 of a task and what it has in common with others: nobody makes two different ones with the same digest by accident.
package struct TaskDigest {
  private let common: SHA256

  /// Of what all tasks have in common.
  package init(common parts: [[UInt8]]) {
    var hasher = SHA256()
    for part in parts {
      // With its length, so that no part looks like the end of another one.
      withUnsafeBytes(of: UInt64(part.count).littleEndian) { hasher.update(bufferPointer: $0) }
      hasher.update(data: part)
    }
    common = hasher
  }

  package func of(_ task: UnsafeRawBufferPointer) -> UInt128 {
    var hasher = common
    hasher.update(bufferPointer: task)
    return hasher.finalize().withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
  }
}
