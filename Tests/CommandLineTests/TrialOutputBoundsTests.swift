import Testing
import WorkerPool

/// However the bytes come, head and tail are the first and the last of them.
struct TrialOutputBoundsTests {
  @Test(arguments: [0, 1, 2047, 2048, 2049, 4095, 4096, 4097, 10_000, 50_000], [1, 7, 2048, 16384])
  func `the first and the last bytes are kept`(count: Int, piece: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 256) }
    var output = TrialOutput()
    for start in stride(from: 0, to: count, by: piece) {
      output.append(bytes[start..<min(start + piece, count)])
    }
    #expect(output.isEmpty == (count == 0))
    #expect(output.head == Array(bytes.prefix(2048)))
    #expect(Array(output.tail) == Array(bytes.dropFirst(2048).suffix(2048)))
    #expect(output.omitted == max(0, count - 4096))
    output.clear()
    #expect(output.isEmpty && output.head.isEmpty && output.tail.isEmpty && output.omitted == 0)
  }
}
