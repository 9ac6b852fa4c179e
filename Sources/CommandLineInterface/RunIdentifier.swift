/// A random UUID for a run that never got one because it could not start.
enum RunIdentifier {
  static func random() -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ByteBuffer(capacity: 64)
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(0x2D) }
      text.append(HexDigit.lower(byte >> 4))
      text.append(HexDigit.lower(byte & 15))
    }
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
