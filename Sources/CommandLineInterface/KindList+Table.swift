internal import TaskHost

extension ByteBuffer {
  /// One line for each plugin, under a heading.
  mutating func append(table catalog: PluginCatalog) {
    var rows = [["KIND", "VERSION", "ID", "FILE", "FOUND", "REMARK"]]
    for entry in catalog.entries {
      rows.append([
        entry.manifest.name, entry.manifest.version, entry.manifest.id, entry.path, entry.found,
        entry.shadowedBy.map { "shadowed by \($0)" } ?? "",
      ])
    }
    for refused in catalog.refused {
      let reasons = refused.errors.map { "\($0.rule), found \($0.found), expected \($0.expected)" }
      rows.append([
        refused.manifest?.name ?? "-", refused.manifest?.version ?? "-", refused.manifest?.id ?? "-",
        refused.path,
        refused.found, "refused: " + reasons.joined(separator: "; "),
      ])
    }
    append(rows: rows)
  }

  /// Columns as wide as they must be; the first row is a heading.
  mutating func append(rows: [[String]]) {
    let cells = rows.map { $0.map(Escaped.text) }
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    for row in cells {
      var line = ""
      for (cell, width) in zip(row, widths) {
        line += cell + String(repeating: " ", count: width - cell.count + 2)
      }
      while line.last == " " { line.removeLast() }
      append(line)
      append(0x0A)
    }
  }
}
