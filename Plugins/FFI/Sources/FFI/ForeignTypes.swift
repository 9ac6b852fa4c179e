internal import ForeignMemory
internal import ForeignSignatures
internal import TaskHostSDK

/// The types of libffi for those of the signatures, each made once.
struct ForeignTypes {
  private let layouts: Layouts
  private var structures: [String: UnsafeMutableRawPointer] = [:]

  init(_ layouts: Layouts) { self.layouts = layouts }

  static func code(_ scalar: Scalar) -> Int32 {
    let code =
      switch scalar {
      case .i8: FM_I8
      case .i16: FM_I16
      case .i32: FM_I32
      case .i64: FM_I64
      case .u8, .bool: FM_U8
      case .u16: FM_U16
      case .u32: FM_U32
      case .u64, .size: FM_U64
      case .f32: FM_F32
      case .f64: FM_F64
      }
    return Int32(code.rawValue)
  }

  static var pointer: UnsafeMutableRawPointer? { fm_type(Int32(FM_POINTER.rawValue)) }
  static var void: UnsafeMutableRawPointer? { fm_type(Int32(FM_VOID.rawValue)) }

  mutating func type(_ type: ValueType) throws(KindError) -> UnsafeMutableRawPointer? {
    switch type {
    case .scalar(let scalar): return fm_type(Self.code(scalar))
    case .pointer, .text, .reference: return Self.pointer
    case .structure(let name): return try structure(name)
    }
  }

  /// Where libffi puts its members must be where the compiler would.
  private mutating func structure(_ name: String) throws(KindError) -> UnsafeMutableRawPointer {
    if let made = structures[name] { return made }
    guard let layout = layouts.structures[name] else { throw .internal("unknown struct \(name)") }
    var members: [UnsafeMutableRawPointer?] = []
    for member in layout.members { members.append(try type(member.type)) }
    guard let made = fm_structure(members, members.count) else { throw .noMemory("no memory for a type") }
    var offsets = [Int](repeating: 0, count: members.count)
    var size = 0
    var alignment = 0
    guard fm_layout(made, &offsets, &size, &alignment) == 0 else {
      throw .unsupported("libffi does not take struct \(name)")
    }
    guard size == layout.size, alignment == layout.alignment, offsets == layout.members.map(\.offset) else {
      throw .unsupported(
        "struct \(name): libffi says size \(size) and align \(alignment), expected \(layout.size) and \(layout.alignment)"
      )
    }
    structures[name] = made
    return made
  }
}
