internal import CTaskHost

/// What must hold for the answer of any hook.
extension HookAnswer {
  /// The status is one of `allowed` or a failure that hosts know.
  func requireStatus(_ hook: String, _ allowed: [th_status] = [TH_OK]) throws(CheckEnd) {
    guard !allowed.contains(status), !StatusNames.isKnownFailure(status) else { return }
    throw .broken(
      "\(hook) returned \(StatusNames.of(status))",
      expected: (allowed.map { StatusNames.of($0) } + ["a failure: TH_E_... or -1000 to -9999"]).joined(
        separator: ", "),
      cure: "Return one of the codes that the header names for this hook.")
  }

  /// A refused `grow` is a failure.
  func requireRefusal(_ hook: String) throws(CheckEnd) {
    guard outputs.contains(where: \.wasRefused), status >= 0 else { return }
    throw .broken(
      "\(hook) returned \(StatusNames.of(status)) although grow was refused", expected: "a failure",
      cure: "Return TH_E_NO_MEMORY or TH_E_LIMIT when th_reserve or grow fails.")
  }
}
