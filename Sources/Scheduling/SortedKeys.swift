/// A sorted map from ranks to buckets in blocks of at most 256 entries. A search is two binary searches, an insertion moves at
/// most one block, and taking away the greatest moves nothing, however many ranks there are.
struct SortedKeys {
  struct Entry {
    var rank: Int64
    var bucket: UInt32
  }

  private static let blockLimit = 256

  private(set) var count = 0
  /// Ascending. Only a sole block may be empty.
  private var blocks: ContiguousArray<ContiguousArray<Entry>> = [[]]
  /// A bound below each block but above those before it; that of the first is not used.
  private var lows: ContiguousArray<Int64> = [.min]

  var greatest: Entry? { blocks[blocks.count - 1].last }

  func find(_ rank: Int64) -> UInt32? {
    let block = self.block(of: rank)
    let at = position(of: rank, in: block)
    guard at < blocks[block].count, blocks[block][at].rank == rank else { return nil }
    return blocks[block][at].bucket
  }

  func greatest(below rank: Int64) -> Entry? {
    let block = self.block(of: rank)
    let at = position(of: rank, in: block)
    if at > 0 { return blocks[block][at - 1] }
    return block > 0 ? blocks[block - 1].last : nil
  }

  /// The rank must be new.
  mutating func insert(_ rank: Int64, bucket: UInt32) {
    let block = self.block(of: rank)
    let at = position(of: rank, in: block)
    blocks[block].insert(Entry(rank: rank, bucket: bucket), at: at)
    count += 1
    if blocks[block].count > Self.blockLimit { split(block) }
  }

  /// The rank must be there.
  mutating func remove(_ rank: Int64) {
    let block = self.block(of: rank)
    let at = position(of: rank, in: block)
    precondition(blocks[block][at].rank == rank)
    blocks[block].remove(at: at)
    count -= 1
    if blocks[block].isEmpty, blocks.count > 1 {
      blocks.remove(at: block)
      lows.remove(at: block)
    }
  }

  private mutating func split(_ block: Int) {
    let half = blocks[block].count / 2
    let upper = ContiguousArray(blocks[block][half...])
    blocks[block].removeSubrange(half...)
    lows.insert(upper[0].rank, at: block + 1)
    blocks.insert(upper, at: block + 1)
  }

  /// The last block whose bound is not above the rank.
  private func block(of rank: Int64) -> Int {
    var low = 1
    var high = lows.count
    while low < high {
      let middle = (low + high) / 2
      if lows[middle] <= rank { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// Where the rank is or would be in the block.
  private func position(of rank: Int64, in block: Int) -> Int {
    var low = 0
    var high = blocks[block].count
    while low < high {
      let middle = (low + high) / 2
      if blocks[block][middle].rank < rank { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
