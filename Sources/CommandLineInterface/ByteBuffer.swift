internal import Glibc

/// Bytes on their way to a file descriptor. Text is written here piece by piece, without a String for each line.
struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

  /// Drops all from `length` on.
  mutating func truncate(to length: Int) {
    precondition(length <= count)
    count = length
  }

  /// Drops the first `length` bytes.
  mutating func removeFirst(_ length: Int) {
    precondition(length <= count)
    count -= length
    if count > 0 { memmove(base, base + length, count) }
  }

  private mutating func grow(_ extra: Int) {
    capacity = max(capacity * 2, count + extra)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
  }

  @inline(__always)
  private mutating func reserve(_ extra: Int) {
    if capacity - count < extra { grow(extra) }
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).update(from: source, count: bytes.count)
    count += bytes.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(repeating byte: UInt8, count repetitions: Int) {
    guard repetitions > 0 else { return }
    reserve(repetitions)
    (base + count).update(repeating: byte, count: repetitions)
    count += repetitions
  }

  /// `value` in decimal, with zeroes in front up to `width` digits.
  mutating func append(decimal value: UInt64, width: Int = 1) {
    var digits = 1
    var power = value
    while power >= 10 {
      power /= 10
      digits += 1
    }
    let length = max(digits, width)
    reserve(length)
    var rest = value
    var position = count + length
    while position > count {
      position -= 1
      base[position] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += length
  }

  mutating func append(decimal value: Int64) {
    if value < 0 { append(0x2D) }
    append(decimal: value.magnitude)
  }

  /// Nanoseconds as seconds with `digits` decimals, 1 to 9, rounded down.
  mutating func append(seconds nanoseconds: UInt64, digits: Int) {
    append(decimal: nanoseconds / 1_000_000_000)
    append(0x2E)
    var fraction = nanoseconds % 1_000_000_000
    for _ in digits..<9 { fraction /= 10 }
    append(decimal: fraction, width: digits)
  }
}
