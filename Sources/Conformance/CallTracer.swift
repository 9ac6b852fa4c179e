internal import CPosix
internal import CTaskHost
internal import Glibc
internal import PluginLoading

/// Puts a thunk in the place of each hook of a kind, which notes the call and makes it. It stays for the life of the process.
///
/// Hooks may be called by any thread; what a thunk works with is made before and never changed.
final class CallTracer {
  let log: CallLog
  private let notebook: Notebook
  private let declared: [Hook]
  /// Copies of extension tables by their originals: asked again, a kind gives the same one.
  private var copies: [UnsafeRawPointer: UnsafeMutableRawPointer] = [:]
  /// `extension` may be called by any thread.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  /// `declared`: hooks that only the manifest says.
  init(_ log: CallLog, _ notebook: Notebook, declared: [Hook]) {
    self.log = log
    self.notebook = notebook
    self.declared = declared
    lock = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    // Thunks point here.
    _ = Unmanaged.passRetained(self)
  }

  /// The same kind, whose hooks are thunks. Members that nobody has declared stay as they are.
  func traced(_ table: KindTable, file: String) throws(ForeignError) -> KindTable {
    let copy = try copied(table.source, size: table.size, as: nil)
    do throws(Refusal) {
      return try table.replaced(by: UnsafePointer(copy.assumingMemoryBound(to: th_kind.self)), file: file)
    } catch {
      throw ForeignError(text: "calls can not be traced: \(error.found)")
    }
  }

  /// A copy of a table of hooks with thunks in it.
  private func copied(
    _ original: UnsafeRawPointer, size: Int, as id: String?
  ) throws(ForeignError) -> UnsafeMutableRawPointer {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: (size + 15) & ~15, alignment: 16)
    copy.copyMemory(from: original, byteCount: size)
    for hook in KindTable.hooks(declared: declared) where hook.table == id {
      guard let function = KindTable.function(at: hook.offset, in: original, size: size) else { continue }
      let thunk = try HookThunk(hook, function, self)
      copy.storeBytes(of: try thunk.make(), toByteOffset: hook.offset, as: UnsafeRawPointer.self)
    }
    return copy
  }

  /// What `extension` of a kind returns: a copy with thunks, where its hooks are known.
  fileprivate func tracedExtension(_ id: UnsafePointer<CChar>?, _ table: UnsafeRawPointer) -> UnsafeRawPointer
  {
    guard let id, UInt(bitPattern: table) % 8 == 0 else { return table }
    let name = String(cString: id)
    let size = Int(table.load(as: UInt32.self))
    guard size <= 64 << 10, KindTable.hooks(declared: declared).contains(where: { $0.table == name }) else {
      return table
    }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if let copy = copies[table] { return UnsafeRawPointer(copy) }
    do throws(ForeignError) {
      let copy = try copied(table, size: size, as: name)
      copies[table] = copy
      return UnsafeRawPointer(copy)
    } catch {
      // There was room for those of the kind itself; without more, these are called as they are.
      return table
    }
  }

  /// Names the hook in the notebook where nobody else has.
  fileprivate func begin(_ hook: UnsafePointer<CChar>) -> Bool {
    guard notebook.isBetweenHooks else { return false }
    notebook.name(hook: hook)
    return true
  }

  fileprivate func end() { notebook.name(hook: "") }
}

/// What one thunk works with.
private final class HookThunk {
  let hook: Hook
  let original: UnsafeRawPointer
  let signature: ForeignSignature
  unowned let tracer: CallTracer
  let id: [UInt8]
  let name: UnsafeMutablePointer<CChar>
  /// With the place of each in the arguments of the C function.
  let parameters: [(kind: HookSignature.Kind, name: [UInt8], place: Int)]
  let isExtension: Bool

  init(_ hook: Hook, _ original: UnsafeRawPointer, _ tracer: CallTracer) throws(ForeignError) {
    self.hook = hook
    self.original = original
    self.tracer = tracer
    signature = try ForeignSignature(hook.signature)
    id = Array(hook.id.utf8)
    name = strdup(hook.name)
    var place = 0
    parameters = hook.signature.parameters.map { parameter in
      defer { place += parameter.kind == .words ? 2 : 1 }
      return (parameter.kind, Array(parameter.name.utf8), place)
    }
    isExtension = hook.table == nil && hook.name == "extension"
  }

  /// The function; this object stays for it.
  func make() throws(ForeignError) -> UnsafeRawPointer {
    try signature.thunk(Unmanaged.passRetained(self).toOpaque()) { context, result, arguments in
      guard let context else { return }
      let thunk = Unmanaged<HookThunk>.fromOpaque(context).takeUnretainedValue()
      result.pointee = thunk.run(arguments)
    }
  }

  private func run(_ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> UInt64 {
    let record = tracer.log.take()
    var text = record.hook
    text.append(id)
    if let arguments { noteInputs(arguments, record.arguments) }
    let isNamed = tracer.begin(name)
    record.begin()
    var value = signature.call(original, arguments)
    let now = cpx_now()
    record.end(value, at: now, hook.signature.result)
    if isNamed { tracer.end() }
    if let arguments { noteOutputs(arguments, record.outputs) }
    if isExtension, let table = UnsafeRawPointer(bitPattern: UInt(value)) {
      let id = arguments?[0]?.load(as: UnsafePointer<CChar>?.self)
      value = UInt64(UInt(bitPattern: tracer.tracedExtension(id, table)))
    }
    return value
  }

  private func noteInputs(
    _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ given: TraceText
  ) {
    var text = given
    for parameter in parameters {
      guard let argument = arguments[parameter.place] else { continue }
      func pointer<Value>(_: Value.Type) -> UnsafePointer<Value>? {
        argument.load(as: UnsafePointer<Value>?.self)
      }
      switch parameter.kind {
      case .host, .call, .queue, .worker, .session, .newQueue, .newWorker, .newSession, .out, .items,
        .workerHandle:
        continue
      default: text.begin(parameter.name)
      }
      switch parameter.kind {
      case .bytes: text.append(payload: argument.load(as: th_bytes.self))
      case .optionalBytes:
        if let bytes = pointer(th_bytes.self) {
          text.append(payload: bytes.pointee)
        } else {
          text.append("NULL")
        }
      case .words:
        text.append(decimal: arguments[parameter.place + 1]?.load(as: UInt64.self) ?? 0)
      case .text:
        guard let string = pointer(CChar.self) else {
          text.append("NULL")
          continue
        }
        text.append(payload: string, strnlen(string, 64))
      case .i32: text.append(decimal: Int64(argument.load(as: Int32.self)))
      case .u32: text.append(decimal: UInt64(argument.load(as: UInt32.self)))
      case .i64: text.append(decimal: argument.load(as: Int64.self))
      case .u64: text.append(decimal: argument.load(as: UInt64.self))
      case .f64: text.append(Array("\(argument.load(as: Double.self))".utf8))
      case .workerStatus:
        guard let status = pointer(th_worker_status.self) else {
          text.append("NULL")
          continue
        }
        if status.pointee.is_old == 0 {
          text.append("Fresh")
        } else {
          text.append("Old ")
          text.append(payload: status.pointee.competence)
        }
      case .gone:
        text.append("cause ")
        text.append(decimal: UInt64(pointer(th_gone.self)?.pointee.cause ?? 0))
      case .totals: text.append(decimal: pointer(th_totals.self)?.pointee.tasks ?? 0)
      default: break
      }
    }
  }

  private func noteOutputs(
    _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ given: TraceText
  ) {
    var text = given
    for parameter in parameters where parameter.kind == .out {
      guard let out = arguments[parameter.place]?.load(as: UnsafePointer<th_out>?.self) else { continue }
      // What a plugin has made of it may be anything; adopted memory is not seen here.
      let length = out.pointee.len
      guard length != 0 else { continue }
      text.begin(parameter.name)
      if length > 0, length <= out.pointee.cap, out.pointee.base != nil {
        text.append(payload: out.pointee.base, length)
      } else {
        text.append(decimal: Int64(length))
        text.append(" bytes")
      }
    }
  }
}
