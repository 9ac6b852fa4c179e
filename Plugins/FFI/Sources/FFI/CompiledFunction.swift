internal import ForeignMemory
internal import ForeignSignatures
internal import TaskHostSDK

/// A function that is ready to be called: the types of libffi, a slot for each argument of C, and memory for buffers, which is kept
/// from call to call.
final class CompiledFunction {
  /// What an argument of the signature has in memory during one call.
  struct Buffer {
    /// As the function sees it; nil until it has been placed.
    var seen: UnsafeMutableRawPointer?
    /// As it is filled.
    var write: UnsafeMutableRawPointer?
    var elements = 0
    var byteCount = 0
  }

  let entry: Interface.Entry
  let number: Int
  let layouts: Layouts
  let parameters: [Parameter]
  let names: [String]
  let nameBytes: [[UInt8]]
  private let address: UnsafeMutableRawPointer
  let release: UnsafeMutableRawPointer?
  private let prepared: OpaquePointer
  /// 16 bytes for each argument of C; larger structs have memory of their own.
  private let slots: UnsafeMutableRawPointer
  private let values: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  let result: UnsafeMutableRawPointer
  /// The slot of each argument of the signature; that of its length is the next one, or the one before.
  let slotOf: [UnsafeMutableRawPointer]
  /// One for each argument, then one for texts, then one for lengths that the function changes.
  let regions: UnsafeMutablePointer<fm_region>
  let regionCount: Int
  var buffers: [Buffer]
  var texts = TextPool()

  init(
    _ entry: Interface.Entry, _ number: Int, _ interface: Interface, address: UnsafeMutableRawPointer,
    release: UnsafeMutableRawPointer?, _ types: inout ForeignTypes
  ) throws(KindError) {
    self.entry = entry
    self.number = number
    self.address = address
    self.release = release
    layouts = interface.layouts
    let function = entry.function
    parameters = function.allParameters
    names = parameters.enumerated().map { $1.name ?? "arg\($0 + 1)" }
    nameBytes = names.map { Array($0.utf8) }
    var arguments: [UnsafeMutableRawPointer?] = []
    var sizes: [Int] = []
    var first: [Int] = []
    var fixed = 0
    for (index, parameter) in parameters.enumerated() {
      first.append(arguments.count)
      switch parameter.role {
      case .value(let type), .constant(let type, _):
        arguments.append(try types.type(type))
        sizes.append(max(16, interface.layouts.measure(type)?.size ?? 8))
      case .callback:
        arguments.append(ForeignTypes.pointer)
        sizes.append(16)
      case .buffer(_, _, _, let length):
        arguments.append(ForeignTypes.pointer)
        sizes.append(16)
        guard let length else { break }
        let isValue = length.direction == .in
        let type = isValue ? try types.type(.scalar(length.type)) : ForeignTypes.pointer
        arguments.insert(type, at: arguments.count - (length.isInFront ? 1 : 0))
        sizes.append(16)
        if length.isInFront { first[index] += 1 }
      }
      if index == function.parameters.count - 1 { fixed = arguments.count }
    }
    let resultType: UnsafeMutableRawPointer?
    var resultSize = 16
    switch function.result {
    case .void: resultType = ForeignTypes.void
    case .ownedText: resultType = ForeignTypes.pointer
    case .value(let type):
      resultType = try types.type(type)
      resultSize = max(16, interface.layouts.measure(type)?.size ?? 8)
    }
    var status: Int32 = 0
    guard
      let made = fm_prepare(
        resultType, arguments, UInt32(arguments.count),
        UInt32(function.tail == nil ? arguments.count : fixed), &status)
    else { throw .unsupported("libffi does not take the signature of '\(function.name)' (\(status))") }
    prepared = made
    slots = .allocate(byteCount: max(sizes.reduce(0) { $0 + ($1 + 15) / 16 * 16 }, 16), alignment: 16)
    values = .allocate(capacity: max(arguments.count, 1))
    result = .allocate(byteCount: resultSize, alignment: 16)
    var offset = 0
    for (index, size) in sizes.enumerated() {
      values[index] = slots + offset
      offset += (size + 15) / 16 * 16
    }
    let places = values
    slotOf = first.map { places[$0]! }
    regionCount = parameters.count + 2
    regions = .allocate(capacity: regionCount)
    regions.initialize(repeating: fm_region(), count: regionCount)
    buffers = Array(repeating: Buffer(), count: parameters.count + 2)
    try fix(interface)
  }

  deinit {
    for index in 0..<regionCount { fm_region_free(&regions[index]) }
    regions.deallocate()
    result.deallocate()
    values.deallocate()
    slots.deallocate()
    fm_unprepare(prepared)
  }

  /// What no request changes.
  private func fix(_ interface: Interface) throws(KindError) {
    for (index, parameter) in parameters.enumerated() {
      switch parameter.role {
      case .constant(let type, let constant): fix(constant, type, slotOf[index])
      case .callback(let name):
        guard let callback = interface.callbacks[name],
          let pointer = Self.builtin(callback)
        else { throw .unsupported("there is no callback '\(name)'") }
        slotOf[index].storeBytes(of: pointer, as: UnsafeMutableRawPointer.self)
      case .value, .buffer: break
      }
    }
  }

  private static func builtin(_ callback: Callback) -> UnsafeMutableRawPointer? {
    switch BuiltinCallback(rawValue: callback.builtin) {
    case .zero: fm_zero()
    case .ascending, .descending:
      BuiltinCallback.element(callback).flatMap {
        fm_compare(ForeignTypes.code($0), callback.builtin == "descending" ? 1 : 0)
      }
    case nil: nil
    }
  }

  private func fix(_ constant: Constant, _ type: ValueType, _ slot: UnsafeMutableRawPointer) {
    switch constant {
    case .null: slot.storeBytes(of: 0, as: UInt.self)
    case .boolean(let value): slot.storeBytes(of: value ? 1 : 0, as: UInt8.self)
    case .real(let value):
      if type == .scalar(.f32) {
        slot.storeBytes(of: Float(value), as: Float.self)
      } else {
        slot.storeBytes(of: value, as: Double.self)
      }
    case .integer(let value): slot.storeBytes(of: value, as: Int64.self)
    case .unsigned(let value): slot.storeBytes(of: value, as: UInt64.self)
    case .text(let text):
      // Like a literal of a program: it lives as long as the process.
      let bytes = Array(text.utf8) + [0]
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
      memory.copyMemory(from: bytes, byteCount: bytes.count)
      slot.storeBytes(of: memory, as: UnsafeMutableRawPointer.self)
    }
  }

  /// Calls; returns errno. A crash from here on is reported as that of this call.
  func invoke(serial: UInt64, line: Int) -> Int32 {
    fm_watch_begin(serial, UInt32(clamping: line), regions, regionCount)
    defer { fm_watch_end() }
    return fm_call(prepared, address, result, values)
  }

  /// `free` of the library for what it returned.
  func free(_ pointer: UnsafeMutableRawPointer, serial: UInt64, line: Int) {
    guard let release else { return }
    typealias Release = @convention(c) (UnsafeMutableRawPointer) -> Void
    fm_watch_begin(serial, UInt32(clamping: line), regions, regionCount)
    defer { fm_watch_end() }
    unsafeBitCast(release, to: Release.self)(pointer)
  }

  /// Memory that ends where a guard page begins.
  func place(_ index: Int, elements: Int, byteCount: Int, isInput: Bool) -> Bool {
    if regions[index].seen == nil || regions[index].capacity < byteCount {
      fm_region_free(&regions[index])
      guard fm_region_make(&regions[index], byteCount, isInput ? 1 : 0) == 0 else { return false }
    }
    let start = regions[index].capacity - byteCount
    buffers[index] = Buffer(
      seen: UnsafeMutableRawPointer(regions[index].seen + start),
      write: UnsafeMutableRawPointer(regions[index].write + start), elements: elements, byteCount: byteCount)
    return true
  }
}

/// Texts of one call, which lie together; who points to them is told where when all are there.
struct TextPool {
  private(set) var bytes: [UInt8] = []
  private(set) var uses: [(pointer: UnsafeMutableRawPointer, offset: Int)] = []

  mutating func reset() {
    bytes.removeAll(keepingCapacity: true)
    uses.removeAll(keepingCapacity: true)
  }

  mutating func add(_ text: some Sequence<UInt8>, usedAt pointer: UnsafeMutableRawPointer) {
    uses.append((pointer, bytes.count))
    bytes.append(contentsOf: text)
    bytes.append(0)
  }
}
