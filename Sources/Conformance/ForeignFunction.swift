internal import CFFI
internal import PluginLoading

/// Why the system or libffi does not do what was asked for.
package struct ForeignError: Error, Hashable, Sendable {
  package var text: String
}

/// How functions with one signature are called, as libffi has it. Lives as long as the process.
struct ForeignSignature {
  private let raw: OpaquePointer

  init(_ signature: HookSignature) throws(ForeignError) {
    let arguments = signature.passedArguments.map(Self.code)
    var problem: UnsafePointer<CChar>?
    guard
      let raw = cffi_signature_new(
        Self.code(signature.passedResult), arguments, UInt32(arguments.count), &problem)
    else {
      throw ForeignError(text: "\(signature): \(problem.map { String(cString: $0) } ?? "no reason")")
    }
    self.raw = raw
  }

  private static func code(_ passing: HookSignature.Passing) -> Int32 {
    switch passing {
    case .void: Int32(CFFI_VOID)
    case .i32: Int32(CFFI_I32)
    case .u32: Int32(CFFI_U32)
    case .i64: Int32(CFFI_I64)
    case .u64: Int32(CFFI_U64)
    case .f64: Int32(CFFI_F64)
    case .pointer: Int32(CFFI_POINTER)
    case .bytes: Int32(CFFI_BYTES)
    }
  }

  /// `values[i]` points at argument i.
  @inline(__always)
  func call(
    _ function: UnsafeRawPointer, _ values: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> UInt64 {
    cffi_call(raw, function, values)
  }

  typealias Handler =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Void

  /// A function that calls `handler` with `context`; it stays for the life of the process, as a plugin may keep it.
  func thunk(_ context: UnsafeMutableRawPointer, _ handler: Handler) throws(ForeignError) -> UnsafeRawPointer
  {
    var problem: UnsafePointer<CChar>?
    guard let thunk = cffi_thunk_new(raw, handler, context, &problem) else {
      throw ForeignError(
        text: "calls can not be traced: \(problem.map { String(cString: $0) } ?? "no reason")")
    }
    return cffi_thunk_function(thunk)
  }

  /// Whether functions can be made here, before anything depends on it.
  static func probe() throws(ForeignError) {
    let signature = try ForeignSignature(HookSignature(result: .void, parameters: []))
    var problem: UnsafePointer<CChar>?
    defer { cffi_signature_free(signature.raw) }
    guard let thunk = cffi_thunk_new(signature.raw, { _, _, _ in }, nil, &problem) else {
      throw ForeignError(
        text: "calls can not be traced: \(problem.map { String(cString: $0) } ?? "no reason")")
    }
    cffi_thunk_free(thunk)
  }
}
