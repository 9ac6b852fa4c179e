/// A number of C, in the data model of 64-bit Linux.
package enum Scalar: String, CaseIterable, Sendable {
  case i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, bool, size

  package var byteCount: Int {
    switch self {
    case .i8, .u8, .bool: 1
    case .i16, .u16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64, .size: 8
    }
  }

  package var isFloat: Bool { self == .f32 || self == .f64 }
  package var isInteger: Bool { !isFloat && self != .bool }
  package var isSigned: Bool {
    switch self {
    case .i8, .i16, .i32, .i64: true
    default: false
    }
  }

  /// What C makes of it in the tail of a variadic call; nil where it stays what it is.
  package var promoted: Scalar? {
    switch self {
    case .f32: .f64
    case .i8, .i16, .u8, .u16, .bool: .i32
    default: nil
    }
  }
}

/// A type of one value.
package indirect enum ValueType: Equatable, Sendable {
  case scalar(Scalar)
  /// Passed on and never looked into.
  case pointer
  /// `cstr`: text that ends with a NUL.
  case text
  case structure(String)
  /// `ref T`: the address of one value.
  case reference(ValueType)
}

package enum Direction: String, Sendable {
  case `in`, out, `inout`

  package var isRead: Bool { self != .out }
  package var isWritten: Bool { self != .in }
}

/// What lies in a buffer.
package enum Content: Equatable, Sendable {
  case bytes
  case array(ValueType)
  /// One value, whose address is passed.
  case value(ValueType)
}

/// How long an output may become, in elements.
package enum Capacity: Equatable, Sendable {
  /// As long as the input.
  case none
  case fixed(Int)
  /// A number of the request with this name.
  case named(String)
}

/// `: u32 len`: the argument that tells the function how long its neighbour is.
package struct LengthBinding: Equatable, Sendable {
  package var type: Scalar
  /// `in`: the number itself; else its address.
  package var direction: Direction
  package var name: String?
  /// `u32 len : in bytes data`: it stands ahead of the memory.
  package var isInFront: Bool
  package var place: Place

  package init(type: Scalar, direction: Direction, name: String?, isInFront: Bool = false, place: Place) {
    self.type = type
    self.direction = direction
    self.name = name
    self.isInFront = isInFront
    self.place = place
  }
}

package enum Constant: Equatable, Sendable {
  case integer(Int64)
  case unsigned(UInt64)
  case real(Double)
  case boolean(Bool)
  case text(String)
  case null
}

package struct Parameter: Equatable, Sendable {
  package enum Role: Equatable, Sendable {
    case value(ValueType)
    case constant(ValueType, Constant)
    case buffer(Direction, Content, Capacity, LengthBinding?)
    /// The name of a `callback` of the file.
    case callback(String)
  }

  package var role: Role
  package var name: String?
  package var place: Place

  package init(role: Role, name: String?, place: Place) {
    self.role = role
    self.name = name
    self.place = place
  }
}

package enum ResultType: Equatable, Sendable {
  case void
  case value(ValueType)
  /// `owned cstr`: copied, then given to the function that the file names.
  case ownedText
}

package indirect enum Expression: Equatable, Sendable {
  case integer(Int64)
  /// `ret`, `errno`, or the name of an argument.
  case name(String, Place)
  case minimum(Expression, Expression)
}

package struct Comparison: Equatable, Sendable {
  package enum Operator: String, CaseIterable, Sendable {
    case equal = "=="
    case unequal = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
  }

  package var left: Expression
  package var comparator: Operator
  package var right: Expression

  package init(left: Expression, comparator: Operator, right: Expression) {
    self.left = left
    self.comparator = comparator
    self.right = right
  }
}

/// `result bytes = buf[0..ret]`.
package struct ResultClause: Equatable, Sendable {
  package enum Form: String, Sendable { case bytes, cstr, array }

  package var form: Form
  package var buffer: String
  package var end: Expression
  package var place: Place

  package init(form: Form, buffer: String, end: Expression, place: Place) {
    self.form = form
    self.buffer = buffer
    self.end = end
    self.place = place
  }
}

package struct Function: Equatable, Sendable {
  /// What calls name, such as "org.example.crc32".
  package var name: String
  package var symbol: String
  package var result: ResultType
  package var parameters: [Parameter]
  /// The types of this call of a variadic function; nil for any other function.
  package var tail: [Parameter]?
  package var isPure = false
  package var readsErrno = false
  package var timeoutNanoseconds: UInt64?
  /// It has failed if all comparisons of one of these hold.
  package var failures: [[Comparison]] = []
  package var resultClause: ResultClause?
  package var place: Place
  package var symbolPlace: Place

  package init(
    name: String, symbol: String, result: ResultType, parameters: [Parameter], place: Place,
    symbolPlace: Place
  ) {
    self.name = name
    self.symbol = symbol
    self.result = result
    self.parameters = parameters
    self.place = place
    self.symbolPlace = symbolPlace
  }

  package var allParameters: [Parameter] { parameters + (tail ?? []) }
}

package struct Structure: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package var type: ValueType
    package var name: String
    package var place: Place

    package init(type: ValueType, name: String, place: Place) {
      self.type = type
      self.name = name
      self.place = place
    }
  }

  package var name: String
  package var members: [Member]
  /// What C says, to be compared with what comes out here.
  package var size: Int?
  package var alignment: Int?
  package var place: Place

  package init(name: String, members: [Member], size: Int? = nil, alignment: Int? = nil, place: Place) {
    self.name = name
    self.members = members
    self.size = size
    self.alignment = alignment
    self.place = place
  }
}

package struct Callback: Equatable, Sendable {
  package var name: String
  package var result: ResultType
  package var parameters: [ValueType]
  package var builtin: String
  package var place: Place

  package init(name: String, result: ResultType, parameters: [ValueType], builtin: String, place: Place) {
    self.name = name
    self.result = result
    self.parameters = parameters
    self.builtin = builtin
    self.place = place
  }
}

package enum Statement: Equatable, Sendable {
  /// A soname, or an absolute path.
  case library(String, Place)
  case structure(Structure)
  case callback(Callback)
  /// The function that frees `owned cstr` of the library at hand.
  case owner(String, Place)
  case function(Function)
}
