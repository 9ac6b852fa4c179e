/// The last bytes that a worker printed on one stream.
struct OutputTail {
  static let limit = 4096

  private var bytes: [UInt8] = []

  mutating func append(_ chunk: some Collection<UInt8>) {
    if chunk.count >= Self.limit {
      bytes = Array(chunk.suffix(Self.limit))
      return
    }
    bytes.append(contentsOf: chunk)
    if bytes.count > 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
  }

  /// From the first whole line on, where there is more than one.
  var text: String {
    var shown = bytes.suffix(Self.limit)
    if bytes.count > shown.count, let newline = shown.firstIndex(of: 10), newline + 1 < shown.endIndex {
      shown = shown[(newline + 1)...]
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
