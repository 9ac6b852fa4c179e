import Foundation
import Testing

/// Nothing in the repository depends on where it was written.
@Suite struct TidinessTests {
  /// In pieces, so that this file is not one of those that it looks for.
  private static let foreign = ["/wo" + "rk/", "/tm" + "p/h/", "../sha" + "red"]

  private static let isCheckout = FileManager.default.fileExists(
    atPath: DocumentationTests.root.appending(path: ".git").path)

  @Test(.enabled(if: isCheckout, "not a checkout of git"))
  func noFileNamesThePlacesOfOneMachine() throws {
    let files = try Repository.tracked()
    #expect(files.count > 100)
    for path in files {
      let url = DocumentationTests.root.appending(path: path)
      // Links to folders have no text of their own; files that are being removed have none any more.
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue
      else {
        continue
      }
      let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      for (index, line) in text.components(separatedBy: "\n").enumerated() {
        for place in Self.foreign {
          #expect(!line.contains(place), "\(path):\(index + 1) contains \(place)")
        }
      }
    }
  }
}
