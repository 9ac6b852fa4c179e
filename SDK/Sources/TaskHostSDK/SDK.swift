public import CTaskHost
public func thText(_ s: StaticString) -> th_bytes { th_bytes(ptr: s.utf8Start, len: s.utf8CodeUnitCount) }
