internal import Commands
internal import Glibc
internal import TaskHostSDK

extension ExecQueue {
  /// As in GNU parallel: a template, then sources of arguments. Without sources the words are the template alone, and later
  /// words, those of `--from`, are its arguments.
  func plan(words: Words, call: Call, shared: Output, tasks: ListOutput) throws {
    var arguments = words.map { Array($0.buffer) }
    if template == nil {
      let isGiven = options.command != nil
      let split =
        isGiven && arguments.first.map { InputSources.Separator($0) == nil } == true
        ? 0 : arguments.firstIndex { InputSources.Separator($0) != nil } ?? arguments.count
      try takeTemplate(arguments[..<split])
      arguments.removeFirst(split)
      if let first = arguments.first, InputSources.Separator(first) != nil {
        let sources = try Self.sources(arguments)
        isComplete = !sources.isEmpty
        var group = Group()
        try sources.forEach { record throws(KindError) in try add(record, &group, tasks) }
        return try flush(&group, tasks)
      }
    }
    guard arguments.isEmpty || !isComplete else {
      throw KindError.badInput("arguments come from ::: and :::: or from --from, not from both")
    }
    var group = Group()
    for argument in arguments { try add([argument], &group, tasks) }
    try flush(&group, tasks)
  }

  private func takeTemplate(_ words: ArraySlice<[UInt8]>) throws(KindError) {
    var words = Array(words)
    if let command = options.command {
      words =
        options.mode == .shell
        ? command.isEmpty ? [] : [Array(command.utf8)]
        : command.utf8.split { $0 == 32 || $0 == 9 || $0 == 10 }.map { Array($0) }
    }
    let template = Template(words, mode: options.mode)
    if let name = template.fixedCommand { try Self.look(for: name) }
    if words.count == 1, let line = words.first, template.mode == .words, line.contains(UInt8(ascii: " ")),
      template.fixedCommand == nil
    {
      throw KindError.badInput("'\(Self.text(line))' is one word; a command line needs --set shell=yes")
    }
    if let shell = options.shell { try Self.look(for: Array(shell.utf8)) }
    self.template = template
  }

  /// A command that is not there is one error, not one for each task.
  private static func look(for name: [UInt8]) throws(KindError) {
    guard case .missing(let error) = CommandLookup.find(name) else { return }
    let hint = name.contains(UInt8(ascii: " ")) ? "; a command line needs --set shell=yes" : ""
    let reason =
      name.contains(UInt8(ascii: "/")) || error != ENOENT ? String(cString: strerror(error)) : "not in PATH"
    throw .badInput("cannot run '\(text(name))': \(reason)\(hint)")
  }

  private static func sources(_ words: [[UInt8]]) throws(KindError) -> InputSources {
    do throws(InputSources.Problem) {
      return try InputSources(words, read: LineFile.read)
    } catch {
      throw .badInput(error.message)
    }
  }

  /// What one command gets: as many records as it takes.
  private struct Group {
    var arguments: [[UInt8]] = []
    var recordCount = 0
    var byteCount = 0
  }

  /// Cuts a record into columns, and writes the task that is complete with it or without it.
  private func add(_ record: [[UInt8]], _ group: inout Group, _ tasks: ListOutput) throws(KindError) {
    var fields: [[UInt8]] = []
    for argument in record { fields += columns.split(argument) }
    let size = fields.reduce(0) { $0 + $1.count + 9 }
    if group.byteCount + size > Self.groupBytes { try flush(&group, tasks) }
    group.arguments += fields
    group.recordCount += 1
    group.byteCount += size
    if group.recordCount >= options.maxArguments { try flush(&group, tasks) }
  }

  private func flush(_ group: inout Group, _ tasks: ListOutput) throws(KindError) {
    guard group.recordCount > 0 else { return }
    try write(group.arguments, tasks)
    group = Group()
  }

  /// What the arguments of one command may take, as with xargs.
  private static let groupBytes = 128 << 10

  private func write(_ arguments: [[UInt8]], _ tasks: ListOutput) throws(KindError) {
    guard let template else { throw Self.malformed }
    sequence += 1
    let expansion = template.expanded(arguments, sequence: sequence)
    var command = Command(words: expansion.words, slots: expansion.slots, isShell: template.mode == .shell)
    if let directory = options.directory {
      let words = directory.expanded(arguments, sequence: sequence).words
      let path = Array(words.joined(separator: [UInt8(ascii: " ")]))
      if !path.isEmpty { command.directory = path }
    }
    guard let bytes = command.bytes else {
      let shown = Self.text(ShellQuoting.line(arguments).prefix(200))
      throw KindError.badInput(
        arguments.contains { $0.contains(0) }
          ? "argument \(sequence) holds a NUL byte: \(shown)"
          : "argument \(sequence) makes no command: \(shown)")
    }
    try tasks.item.write(bytes)
    try tasks.endItem()
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
