internal import TaskHostSDK

extension Output {
  /// Writes bytes.
  func write(_ bytes: [UInt8]) throws(KindError) {
    try write(upTo: bytes.count) { memory in
      memory.copyBytes(from: bytes)
      return bytes.count
    }
  }
}
