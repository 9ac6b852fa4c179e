internal import Glibc
internal import Wire

/// What one trial or hook of a task has printed, in its order.
struct PrintedText {
  enum Place {
    case memory([UInt8])
    case file(Range<Int>)
    case given(PrintedFile, Range<Int>)
  }

  var task: UInt64
  var name = ""
  var pieces: [(stream: Int32, place: Place)] = []
  /// In memory, in bytes.
  var held = 0
  /// Why it is not whole: what comes behind a gap is not kept.
  var loss: SystemError?
}

/// What tasks have printed that have not ended, or whose turn has not come. A little of it is in memory, the rest in a file.
struct PrintStore {
  /// In memory, for one task and for all.
  private static let largest = 64 << 10
  private static let largestOfAll = 8 << 20

  private struct Key: Hashable {
    var task: UInt64
    var source: DiagnosticOrder.Source
  }

  private var texts: [Key: PrintedText] = [:]
  private var held = 0
  private let spool = PrintSpool()

  var isEmpty: Bool { texts.isEmpty }

  mutating func append(
    _ bytes: UnsafeRawBufferPointer, stream: Int32, of task: UInt64, from source: DiagnosticOrder.Source
  ) throws(SystemError) {
    let key = Key(task: task, source: source)
    var text = texts.removeValue(forKey: key) ?? PrintedText(task: task)
    defer { texts[key] = text }
    if text.loss != nil { return }
    if text.held + bytes.count <= Self.largest, held + bytes.count <= Self.largestOfAll {
      if let last = text.pieces.last, last.stream == stream, case .memory(var known) = last.place {
        // Taken out first, so that it is not copied.
        text.pieces.removeLast()
        known.append(contentsOf: bytes)
        text.pieces.append((stream, .memory(known)))
      } else {
        text.pieces.append((stream, .memory(Array(bytes))))
      }
      text.held += bytes.count
      held += bytes.count
      return
    }
    let range: Range<Int>
    do throws(SystemError) {
      try spill(&text)
      range = try spool.write(bytes)
    } catch {
      text.loss = error
      throw error
    }
    if let last = text.pieces.last, last.stream == stream, case .file(let known) = last.place,
      known.upperBound == range.lowerBound
    {
      text.pieces[text.pieces.count - 1].place = .file(known.lowerBound..<range.upperBound)
    } else {
      text.pieces.append((stream, .file(range)))
    }
  }

  private let files = PrintedFile.Register()

  /// Bytes in a file of the worker. Nil: it is taken; else what the worker is told.
  mutating func append(
    _ message: PrintedFileMessage, by pid: pid_t, of task: UInt64, from source: DiagnosticOrder.Source
  ) -> FileRefusal? {
    let key = Key(task: task, source: source)
    let stream = Int32(truncatingIfNeeded: message.stream)
    let range = Int(message.offset)..<Int(message.offset + message.count)
    var text = texts[key] ?? PrintedText(task: task)
    if text.loss != nil { return nil }
    if let last = text.pieces.last, last.stream == stream, case .given(let file, let known) = last.place,
      file.isThat(of: message), known.upperBound == range.lowerBound
    {
      text.pieces[text.pieces.count - 1].place = .given(file, known.lowerBound..<range.upperBound)
    } else {
      var known: PrintedFile?
      for (_, place) in text.pieces {
        if case .given(let file, _) = place, file.isThat(of: message) { known = file }
      }
      if known == nil, files.isFull { return .full }
      guard let file = known ?? PrintedFile(message, of: pid, files) else { return .unreachable }
      text.pieces.append((stream, .given(file, range)))
    }
    texts[key] = text
    return nil
  }

  enum FileRefusal {
    /// So many are open that this one must be copied.
    case full
    /// The host can not have it.
    case unreachable
  }

  private mutating func spill(_ text: inout PrintedText) throws(SystemError) {
    guard text.held > 0 else { return }
    for at in text.pieces.indices {
      guard case .memory(let bytes) = text.pieces[at].place else { continue }
      text.pieces[at].place = .file(try spool.write(bytes))
      text.held -= bytes.count
      held -= bytes.count
    }
  }

  /// What of it is for standard output.
  func size(of task: UInt64) -> Int {
    var size = 0
    for source in [DiagnosticOrder.Source.trial, .hook] {
      for piece in texts[Key(task: task, source: source)]?.pieces ?? [] where piece.stream == 1 {
        switch piece.place {
        case .memory(let bytes): size += bytes.count
        case .file(let range), .given(_, let range): size += range.count
        }
      }
    }
    return size
  }

  /// A trial that does not count.
  mutating func forget(_ source: DiagnosticOrder.Source, of task: UInt64) {
    guard let text = texts.removeValue(forKey: Key(task: task, source: source)) else { return }
    drop(text)
  }

  /// The copy is the trial of its task from here on.
  mutating func takeOver(_ task: UInt64) {
    guard let text = texts.removeValue(forKey: Key(task: task, source: .copy)) else { return }
    texts[Key(task: task, source: .trial)] = text
  }

  /// All that counts of a task that has ended: that of its last trial, then that of hooks.
  mutating func take(_ task: UInt64) -> PrintedText? {
    forget(.copy, of: task)
    let printed = texts.removeValue(forKey: Key(task: task, source: .trial))
    guard let added = texts.removeValue(forKey: Key(task: task, source: .hook)) else { return printed }
    guard var printed else { return added }
    printed.pieces += added.pieces
    printed.held += added.held
    printed.loss = printed.loss ?? added.loss
    return printed
  }

  private mutating func drop(_ text: PrintedText) {
    held -= text.held
    for case (_, .file(let range)) in text.pieces { spool.release(range) }
  }

  /// Gives a text piece by piece, and forgets it. A failure loses the rest of it. What lies in a file of its own is offered to
  /// `whole`, which says how many bytes it has taken.
  mutating func show(
    _ text: PrintedText, whole: (PrintedRange) -> Int,
    _ body: (_ stream: Int32, _ bytes: UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    held -= text.held
    var failure: SystemError?
    for (stream, place) in text.pieces {
      switch place {
      case .memory(let bytes): if failure == nil { bytes.withUnsafeBytes { body(stream, $0) } }
      case .file(let range):
        guard failure == nil else {
          spool.release(range)
          continue
        }
        do throws(SystemError) { try spool.take(range) { body(stream, $0) } } catch { failure = error }
      case .given(let file, let range):
        guard failure == nil else { continue }
        let taken = whole(
          PrintedRange(
            task: text.task, stream: stream, descriptor: file.descriptor, offset: range.lowerBound,
            count: range.count))
        let rest = (range.lowerBound + min(max(taken, 0), range.count))..<range.upperBound
        do throws(SystemError) {
          try PrintSpool.read(file.descriptor, rest) { body(stream, $0) }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
  }
}
