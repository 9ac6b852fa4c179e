import Metamath
import Testing

struct Illegal: CustomTestStringConvertible, Sendable {
  var text: [UInt8]
  var line: Int
  var column: Int
  var label: String
  var message: String
  var testDescription: String { message }

  init(_ text: String, _ line: Int, _ column: Int, _ label: String = "", _ message: String) {
    self.init(bytes: Array(text.utf8), line, column, label, message)
  }

  init(bytes: [UInt8], _ line: Int, _ column: Int, _ label: String = "", _ message: String) {
    text = bytes
    self.line = line
    self.column = column
    self.label = label
    self.message = message
  }
}

@Suite struct LegalityTests {
  static let bytes: [Illegal] = [
    Illegal(
      "$c a\u{B} $.", 1, 5, "", "illegal byte 0x0b; expected printable ASCII or white space"),
    Illegal("$c a $.\n$c b\u{0} $.", 2, 5, "", "illegal byte 0x00; expected printable ASCII or white space"),
    Illegal("$c é $.", 1, 4, "", "illegal byte 0xc3; expected printable ASCII or white space"),
    Illegal("$c a\u{7F} $.", 1, 5, "", "illegal byte 0x7f; expected printable ASCII or white space"),
    Illegal(
      "$( caf\u{E9} $) $c a $.", 1, 7, "", "illegal byte 0xc3; expected printable ASCII or white space"),
    Illegal("\n$( a\u{1} $)", 2, 5, "", "illegal byte 0x01; expected printable ASCII or white space"),
    Illegal("\u{FEFF}$c a $.", 1, 1, "", "illegal byte 0xef; expected printable ASCII or white space"),
    Illegal("$c a $.\n$e é", 2, 1, "", "expected a label before '$e'"),
    Illegal("$c a $.\nl $e a é $.", 2, 8, "l", "illegal byte 0xc3; expected printable ASCII or white space"),
  ]

  static let comments: [Illegal] = [
    Illegal("$c a $.\n  $( never", 2, 3, "", "this comment is not closed: the file ends without its '$)'"),
    Illegal("$( a $( b $) $)", 1, 6, "", "found '$(' inside a comment: comments do not nest"),
    Illegal("$( a x$( $)", 1, 7, "", "found '$(' inside a comment: comments do not nest"),
    Illegal("$( a b$)", 1, 7, "", "'$)' must stand between white space"),
    Illegal("$( a $)$c", 1, 6, "", "'$)' must stand between white space"),
    Illegal("$(a $)", 1, 1, "", "'$(' must be followed by white space; found '$(a'"),
    Illegal("$c a $. $)", 1, 9, "", "found '$)' without a '$(' before it"),
  ]

  static let structure: [Illegal] = [
    Illegal("${\n$}\n$}", 3, 1, "", "found '$}' without a '${' before it"),
    Illegal("${ ${ $}", 1, 1, "", "this '${' is not closed: the file ends without its '$}'"),
    Illegal(
      "$.", 1, 1, "",
      "found '$.' outside a statement; expected a label or a keyword that begins a statement"),
    Illegal(
      "$= $.", 1, 1, "",
      "found '$=' outside a statement; expected a label or a keyword that begins a statement"),
    Illegal("$x a $.", 1, 1, "", "unknown keyword '$x'"),
    Illegal("$ a $.", 1, 1, "", "unknown keyword '$'"),
    Illegal("$ca $.", 1, 1, "", "unknown keyword '$ca'"),
    Illegal("$]", 1, 1, "", "found '$]' without a '$[' before it"),
    Illegal("$c a", 1, 1, "", "this '$c' is not closed: the file ends without its '$.'"),
    Illegal("$c a $.\nl $a a", 2, 3, "l", "this '$a' is not closed: the file ends without its '$.'"),
    Illegal("$c a $.\nl $a a\n$c b $.", 3, 1, "l", "found '$c' inside a '$a'; is its '$.' missing?"),
    Illegal("$c a $. l $p a $= l", 1, 16, "l", "this proof is not closed: the file ends without its '$.'"),
    Illegal(
      "$c a $. l $p a $= $( l $.", 1, 19, "l", "this comment is not closed: the file ends without its '$)'"),
    Illegal("$c a $. l $p a $.", 1, 16, "l", "this '$p' has no proof; expected '$=' before '$.'"),
    Illegal("$c a $. l $a a $= $.", 1, 16, "l", "found '$=' in a '$a'; expected '$.'"),
    Illegal("$c a $. l $e a $= $.", 1, 16, "l", "found '$=' in a '$e'; expected '$.'"),
    Illegal("$c a $.\n$[ x.mm", 2, 8, "", "expected '$]' after the file name"),
    Illegal("$[ $]", 1, 1, "", "expected a file name after '$['"),
    Illegal("$[ a b $]", 1, 6, "", "expected '$]' after the file name"),
    Illegal("${ $[ x.mm $] $}", 1, 4, "", "an include is not allowed inside a block"),
    Illegal("$c a $[ x.mm $] $.", 1, 6, "", "an include is not allowed inside a statement"),
    Illegal(
      "$c a $.\n$[ none.mm $]", 2, 4, "", "'none.mm': cannot open the file: No such file or directory"),
  ]

  static let labels: [Illegal] = [
    Illegal("$c a $. $a a $.", 1, 9, "", "expected a label before '$a'"),
    Illegal("$c a $. $f a x $.", 1, 9, "", "expected a label before '$f'"),
    Illegal("$c a $. $p a $= $.", 1, 9, "", "expected a label before '$p'"),
    Illegal("l $c a $.", 1, 3, "l", "found '$c' after the label 'l'; expected '$a', '$e', '$f' or '$p'"),
    Illegal("l ${ $}", 1, 3, "l", "found '${' after the label 'l'; expected '$a', '$e', '$f' or '$p'"),
    Illegal(
      "$c a $. l m $a a $.", 1, 11, "l", "found 'm' after the label 'l'; expected '$a', '$e', '$f' or '$p'"),
    Illegal(
      "l*m $a a $.", 1, 1, "",
      "found 'l*m'; expected a label (letters, digits, '-', '_' and '.') or a keyword"),
    Illegal(
      "$c a $.\nl", 2, 1, "l", "the file ends after the label 'l'; expected '$a', '$e', '$f' or '$p'"),
    Illegal("$c a $.\nl $a a $.\nl $a a $.", 3, 1, "l", "the label 'l' is already taken"),
    Illegal("$c a $.\na $a a $.", 2, 1, "a", "the label 'a' is also a math symbol"),
    Illegal("$c a $.\nl $a a $.\n$c l $.", 3, 4, "", "the math symbol 'l' is also a label"),
    Illegal("$c a $.\nl $a a $.\n$v l $.", 3, 4, "", "the math symbol 'l' is also a label"),
    Illegal(
      "$c a $. a-label-that-is-longer-than-16 $a a $. a-label-that-is-longer-than-16 $a a $.", 1, 48,
      "a-label-that-is-longer-than-16", "the label 'a-label-that-is-longer-than-16' is already taken"),
  ]

  static let symbols: [Illegal] = [
    Illegal("$c a a $.", 1, 6, "", "'a' has already been declared as a constant"),
    Illegal("$v a $. $c a $.", 1, 12, "", "'a' has already been declared as a variable"),
    Illegal("$c a $. $v a $.", 1, 12, "", "'a' has already been declared as a constant"),
    Illegal("$v a a $.", 1, 6, "", "the variable 'a' is already active"),
    Illegal("$v a $. ${ $v a $. $}", 1, 15, "", "the variable 'a' is already active"),
    Illegal("${ $v a $. $}\n$c a $.", 2, 4, "", "'a' has already been declared as a variable"),
    Illegal("${ $c a $. $}", 1, 4, "", "'$c' is not allowed inside a block"),
    Illegal("$c $.", 1, 4, "", "'$c' declares nothing; expected a symbol"),
    Illegal("$v $.", 1, 4, "", "'$v' declares nothing; expected a symbol"),
    Illegal("$c a$b $.", 1, 5, "", "'$' is not allowed in a math symbol; found 'a$b'"),
    Illegal("$c a $. l $a a b $.", 1, 16, "l", "the symbol 'b' has not been declared"),
    Illegal(
      "$c a $. ${ $v x $. f $f a x $. $} l $a a x $.", 1, 42, "l", "the variable 'x' is not active here"),
  ]

  static let statements: [Illegal] = [
    Illegal("$c a $. l $a $.", 1, 14, "l", "'$a' has no formula; expected a constant before '$.'"),
    Illegal("$c a $. l $e $.", 1, 14, "l", "'$e' has no formula; expected a constant before '$.'"),
    Illegal("$c a $. l $p $= $.", 1, 14, "l", "'$p' has no formula; expected a constant before '$='"),
    Illegal("$c a $. $v x $. l $a a x $.", 1, 24, "l", "the variable 'x' has no active '$f'"),
    Illegal("$c a $. $v x $. l $e a x $.", 1, 24, "l", "the variable 'x' has no active '$f'"),
    Illegal("$c a $. $v x $. l $p a x $= $.", 1, 24, "l", "the variable 'x' has no active '$f'"),
    Illegal(
      "$c a $. $v x $. f $f a x $. l $a x $.", 1, 34, "l",
      "the first symbol of a '$a' must be a constant; found the variable 'x'"),
    Illegal(
      "$c a $. $v x $. f $f a x $. l $e x $.", 1, 34, "l",
      "the first symbol of a '$e' must be a constant; found the variable 'x'"),
    Illegal(
      "$c a $. $v x $. f $f a x $. g $f a x $.", 1, 36, "g",
      "the variable 'x' already has an active '$f', 'f'"),
    Illegal(
      "$c a $. $v x $. f $f x a $.", 1, 22, "f",
      "'$f' begins with a constant, its type code; found the variable 'x'"),
    Illegal(
      "$c a b $. $v x $. f $f a b $.", 1, 26, "f",
      "'$f' takes a variable after its type code; found the constant 'b'"),
    Illegal(
      "$c a $. $v x $. f $f a $.", 1, 24, "f", "'$f' ends too early; expected a type code and one variable"),
    Illegal(
      "$c a $. $v x y $. f $f a x y $.", 1, 28, "f",
      "'$f' has a type code and one variable; found 'y' after them"),
    Illegal("$c a $. $v x y $. $d x $.", 1, 19, "", "'$d' needs at least two variables; found 1"),
    Illegal("$c a $. $v x y $. $d $.", 1, 19, "", "'$d' needs at least two variables; found 0"),
    Illegal("$c a $. $v x y $. $d x y x $.", 1, 26, "", "the variable 'x' occurs twice in this '$d'"),
    Illegal("$c a $. $v x y $. $d x a $.", 1, 24, "", "'$d' takes variables; found the constant 'a'"),
    Illegal("$v x y $. $d x z $.", 1, 16, "", "the symbol 'z' has not been declared"),
  ]

  @Test(arguments: bytes + comments + structure + labels + symbols + statements)
  func illegalTextIsAnErrorOfTheLoad(_ illegal: Illegal) throws {
    let error = try #require(try loadError(illegal.text))
    #expect(
      error
        == LoadError(
          file: "test.mm", line: illegal.line, column: illegal.column, label: illegal.label,
          message: illegal.message))
  }

  static let legal = [
    "", " \n\t\u{C}\r\n", "$( $)", "$( only a comment $)", "$c a $.", "$c a $. l $a a $.",
    // A variable may come again after its block, with another `$f`.
    "$c a b $. ${ $v x $. f $f a x $. $} ${ $v x $. g $f b x $. l $a a x $. $}",
    // A comment between any two tokens, and `$` inside one.
    "$( $c $. $x $) $c $( c $) a $( d $) $. l $( e $) $a $( f $) a $( g $) $. $( h\n$)",
    // A variable as a symbol that begins no formula need not have a `$f` to be declared or in `$d`.
    "$v x y $. $d x y $. $d x y $.",
    "${ ${ $} ${ $} $}", "$c a $.\r\nl $a a $.\r\n",
  ]

  @Test(arguments: legal)
  func legalTextLoads(_ text: String) throws {
    #expect(try loadError(Array(text.utf8)) == nil)
  }

  @Test func missingAndUnreadableFilesAreErrors() throws {
    let scratch = try Scratch()
    #expect(throws: LoadError.self) { try Database.load(path: scratch.directory + "/none.mm") }
    do {
      _ = try Database.load(path: scratch.directory, shownAs: "here")
      Issue.record("a directory was loaded")
    } catch {
      #expect(error.file == "here")
      #expect(error.message == "this is a directory; expected a Metamath database")
    }
  }
}
