internal import Glibc

/// What files said when they were read last, by what the kernel says of them: a file that has changed is not found here.
///
/// It saves time and decides nothing: who may write a file is looked at each time, and a plugin that is loaded is read again. A cache
/// that is damaged, too large or not ours is as good as an empty one.
package struct ContentsCache {
  /// Of the layout and of what the reader finds in a file.
  static let format: UInt32 = 2
  package static let mostRecords = 8192
  static let largestRecord = 64 << 10
  static let largestFile = 32 << 20
  /// A file that was changed less than this ago is not remembered: times are not fine enough to see another change in the same
  /// moment. Two seconds is as coarse as file systems are.
  package static let settlingTime: Int64 = 2_000_000_000

  struct Key: Hashable {
    var stamp: FileStamp
    var modified: Int64

    init(_ status: FileStatus) { (stamp, modified) = (status.stamp, status.modified) }

    init(_ record: inout RecordReader) throws(RecordError) {
      stamp = FileStamp(
        device: try record.integer(), inode: try record.integer(), size: try record.integer(),
        changed: try record.integer())
      modified = try record.integer()
    }

    func write(_ record: inout RecordWriter) {
      record.add(stamp.device)
      record.add(stamp.inode)
      record.add(stamp.size)
      record.add(stamp.changed)
      record.add(modified)
    }
  }

  private let bytes: [UInt8]
  /// Where the contents of a file stand in `bytes`.
  private let places: [Key: Range<Int>]
  /// In the order of the file, the one that was used last first.
  private let order: [Key]
  private var used: [Key] = []
  private var seen: Set<Key> = []
  private var fresh: [Key: [UInt8]] = [:]
  private let settlingTime: Int64
  /// How many files have been read, and how many MiB for their digests: what the next start could save.
  package private(set) var effort = 0

  package init(settlingTime: Int64 = Self.settlingTime) {
    self.init([], [:], [], settlingTime)
  }

  private init(_ bytes: [UInt8], _ places: [Key: Range<Int>], _ order: [Key], _ settlingTime: Int64) {
    self.bytes = bytes
    self.places = places
    self.order = order
    self.settlingTime = settlingTime
  }

  /// Reads what `encoded` has written; anything else is empty.
  package init(encoded bytes: [UInt8], settlingTime: Int64 = Self.settlingTime) {
    do throws(RecordError) {
      let (places, order) = try Self.index(bytes)
      self.init(bytes, places, order, settlingTime)
    } catch {
      self.init(settlingTime: settlingTime)
    }
  }

  private static func index(_ bytes: [UInt8]) throws(RecordError) -> ([Key: Range<Int>], [Key]) {
    var record = RecordReader(bytes[...])
    guard try record.integer(UInt64.self) == magic, try record.integer(UInt32.self) == format else {
      throw RecordError()
    }
    let sum: UInt64 = try record.integer()
    guard sum == checksum(bytes[record.position...]) else { throw RecordError() }
    let count = Int(try record.integer(UInt32.self))
    guard count <= mostRecords else { throw RecordError() }
    var places: [Key: Range<Int>] = [:]
    places.reserveCapacity(count)
    var order: [Key] = []
    order.reserveCapacity(count)
    for _ in 0..<count {
      let key = try Key(&record)
      let slice = try record.slice()
      places[key] = slice.startIndex..<slice.endIndex
      order.append(key)
    }
    guard record.isAtEnd else { throw RecordError() }
    return (places, order)
  }

  /// "THCACHE" and a line end, which a text file does not begin with.
  private static let magic: UInt64 = 0x0A45_4843_4143_4854

  /// Of damage, not of malice: who can write this file can do more than that.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      var sum: UInt64 = 0xCBF2_9CE4_8422_2325
      var place = 0
      while place + 8 <= bytes.count {
        sum = (sum ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
        sum ^= sum >> 29
        place += 8
      }
      for byte in bytes[place...] { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
      return sum
    }
  }

  /// What is known of a file, if it has not changed since.
  mutating func contents(_ status: FileStatus) -> FileContents? {
    let key = Key(status)
    guard let place = places[key] else { return nil }
    var record = RecordReader(bytes[place])
    do throws(RecordError) {
      let contents = try FileContents(&record)
      guard record.isAtEnd else { return nil }
      if seen.insert(key).inserted { used.append(key) }
      return contents
    } catch {
      return nil
    }
  }

  /// Remembers what was read of a file that looked like `status` before and still does.
  mutating func note(_ contents: FileContents, _ status: FileStatus, hashed: Bool, now: Int64) {
    effort += 1 + (hashed ? Int(clamping: status.stamp.size >> 20) : 0)
    guard max(status.stamp.changed, status.modified) < now - settlingTime || settlingTime == 0 else { return }
    let record = contents.record
    guard record.count <= Self.largestRecord else { return }
    let key = Key(status)
    if seen.insert(key).inserted { used.append(key) }
    fresh[key] = record
  }

  /// What is to be kept: what was used now, then what was there before, as far as there is room.
  package func encoded(atMost most: Int = Self.mostRecords) -> [UInt8] {
    var body = RecordWriter()
    var count: UInt32 = 0
    var records = RecordWriter()
    for key in used + order.filter({ !seen.contains($0) }) {
      guard count < most, records.bytes.count < Self.largestFile - 2 * Self.largestRecord else { break }
      guard let contents = fresh[key] ?? places[key].map({ Array(bytes[$0]) }) else { continue }
      key.write(&records)
      records.add(contents)
      count += 1
    }
    body.add(count)
    let content = body.bytes + records.bytes
    var file = RecordWriter()
    file.add(Self.magic)
    file.add(Self.format)
    file.add(Self.checksum(content[...]))
    return file.bytes + content
  }

  /// How many files it knows.
  package var count: Int { order.count { !seen.contains($0) } + used.count }
}
