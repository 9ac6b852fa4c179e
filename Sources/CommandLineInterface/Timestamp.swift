/// "2026-11-21T01:16:55.123456Z". The part up to the second is made once a second.
struct Timestamp {
  private var second = UInt64.max
  private var prefix: [UInt8] = []

  mutating func append(_ nanoseconds: UInt64, to buffer: inout ByteBuffer) {
    let now = nanoseconds / 1_000_000_000
    if now != second {
      second = now
      prefix = Timestamp.text(ofSecond: now)
    }
    prefix.withUnsafeBufferPointer { buffer.append($0) }
    buffer.append(decimal: nanoseconds % 1_000_000_000 / 1000, width: 6)
    buffer.append(0x5A)
  }

  /// "2026-11-21T01:16:55." of a second since 1970.
  private static func text(ofSecond second: UInt64) -> [UInt8] {
    // Days are counted from 1 March of year 0, so that a leap day is the last one of its year.
    let days = second / 86400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    var text = ByteBuffer(capacity: 64)
    func field(_ value: UInt64, _ width: Int, _ end: UInt8) {
      text.append(decimal: value, width: width)
      text.append(end)
    }
    field(year, 4, 0x2D)
    field(month, 2, 0x2D)
    field(day, 2, 0x54)
    field(second / 3600 % 24, 2, 0x3A)
    field(second / 60 % 60, 2, 0x3A)
    field(second % 60, 2, 0x2E)
    return Array(text.bytes)
  }
}
