internal import SDKFiles

/// A file of the SDK, as it travels inside the executable.
package struct SDKFile {
  /// From the folder `SDK`.
  package var path: String
  package var bytes: UnsafeBufferPointer<UInt8>

  /// All of them, sorted by path.
  package static var all: [SDKFile] {
    var count = 0
    let files = UnsafeBufferPointer(start: sdk_files(&count), count: count)
    return files.map {
      SDKFile(
        path: String(cString: $0.path), bytes: UnsafeBufferPointer(start: $0.bytes, count: $0.count))
    }
  }
}
