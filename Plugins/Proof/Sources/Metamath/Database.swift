/// A Metamath database that has been read: everything in it is legal, and its proofs wait to be checked.
///
/// Nothing is written after the load, so a fork and any number of checkers may share it.
package final class Database: @unchecked Sendable {
  enum Width {
    case narrow(Index<UInt16>)
    case wide(Index<UInt32>)
  }

  let width: Width
  /// The bytes of proof text before each proof, and at the end all of them; one more for each proof keeps empty ones
  /// apart.
  let starts: [Int]

  /// Reads a database and all that it includes. Names of included files are relative to the directory of `path`.
  /// Messages show `shown` in place of `path`.
  package static func load(path: String, shownAs shown: String? = nil) throws(LoadError) -> Database {
    let shown = shown ?? path
    do {
      do {
        return Database(.narrow(try Loader<UInt16>.load(path: path, shownAs: shown)))
      } catch is NeedsWideSymbols {
        return Database(.wide(try Loader<UInt32>.load(path: path, shownAs: shown)))
      }
    } catch let error as LoadError {
      throw error
    } catch {
      throw LoadError(file: shown, line: 0, column: 0, label: "", message: "cannot load: \(error)")
    }
  }

  private init(_ width: Width) {
    self.width = width
    let proofs =
      switch width {
      case .narrow(let index): index.proofs
      case .wide(let index): index.proofs
      }
    starts = [Int](unsafeUninitializedCapacity: proofs.count + 1) { memory, count in
      var sum = 0
      for i in 0..<proofs.count {
        memory.initializeElement(at: i, to: sum)
        sum += proofs[i].length + 1
      }
      memory.initializeElement(at: proofs.count, to: sum)
      count = proofs.count + 1
    }
  }

  deinit {
    switch width {
    case .narrow(let index): index.deallocate()
    case .wide(let index): index.deallocate()
    }
  }

  var proofs: Buffer<ProofText> {
    switch width {
    case .narrow(let index): index.proofs
    case .wide(let index): index.proofs
    }
  }

  /// The number of `$p` statements.
  package var proofCount: Int { proofs.count }

  /// The files in the order in which they were read, the top-level one first.
  package var files: [(path: String, identity: FileIdentity)] {
    switch width {
    case .narrow(let index): index.files.map { ($0.path, $0.identity) }
    case .wide(let index): index.files.map { ($0.path, $0.identity) }
    }
  }

  /// One number that differs when any file of the database differs in size, time, inode or order.
  package var fingerprint: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ value: UInt64) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        hash = (hash ^ (value >> shift & 0xFF)) &* 0x0000_0100_0000_01B3
      }
    }
    for (_, identity) in files {
      add(identity.device)
      add(identity.inode)
      add(identity.size)
      add(UInt64(bitPattern: identity.modifiedSeconds))
      add(UInt64(bitPattern: identity.modifiedNanoseconds))
    }
    return hash
  }

  /// Where a proof begins: its `$p` statement.
  package func place(ofProof proof: Int) -> (file: String, line: Int, column: Int, label: String) {
    func place<S: SymbolCode>(_ index: Index<S>) -> (file: String, line: Int, column: Int, label: String) {
      let assertion = Int(index.proofs[proof].assertion)
      let label = index.assertionNames[assertion].label
      let file = index.file(of: label)
      let (line, column) = file.position(of: label)
      return (file.path, line, column, index.label(ofAssertion: assertion))
    }
    switch width {
    case .narrow(let index): return place(index)
    case .wide(let index): return place(index)
    }
  }

  /// The bytes of proof text in a range of proofs.
  package func textBytes(_ range: Range<Int>) -> Int {
    starts[range.upperBound] - starts[range.lowerBound] - range.count
  }

  /// The label of a proof.
  package func label(ofProof proof: Int) -> String {
    let assertion = Int(proofs[proof].assertion)
    switch width {
    case .narrow(let index): return index.label(ofAssertion: assertion)
    case .wide(let index): return index.label(ofAssertion: assertion)
    }
  }
}
