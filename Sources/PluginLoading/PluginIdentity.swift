/// The SHA-256 of a plugin file.
package struct PluginDigest: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  static let length = 32

  /// `bytes` are the 32 bytes of a digest.
  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads 64 hexadecimal digits.
  package init?(hex: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in hex {
      guard character.isASCII, let digit = character.hexDigitValue.map(UInt8.init) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard bytes.count == Self.length, high == nil else { return nil }
    self.bytes = bytes
  }

  /// 64 hexadecimal digits.
  package var description: String {
    hexadecimal(bytes)
  }
}

/// What `fstat` says about a file: equal stamps mean an unchanged file, as far as the kernel can tell.
package struct FileStamp: Hashable, Sendable, CustomStringConvertible {
  package var device: UInt64
  package var inode: UInt64
  package var size: UInt64
  /// Of the last change of the file or its attributes, in nanoseconds; nobody can set it at will.
  package var changed: Int64

  package init(device: UInt64, inode: UInt64, size: UInt64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.changed = changed
  }

  package var description: String {
    "device \(device), inode \(inode), \(size) bytes, changed at \(changed) ns"
  }
}

/// Which file a plugin came from, and what it held.
package struct PluginIdentity: Hashable, Sendable {
  package var stamp: FileStamp
  package var digest: PluginDigest

  package init(stamp: FileStamp, digest: PluginDigest) {
    self.stamp = stamp
    self.digest = digest
  }
}

/// Two digits for each byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
  String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
    for (index, byte) in bytes.enumerated() {
      for (place, nibble) in [(2 * index, byte >> 4), (2 * index + 1, byte & 15)] {
        buffer[place] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
      }
    }
    return bytes.count * 2
  }
}
