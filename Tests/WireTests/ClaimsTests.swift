import Testing
import Wire

@Suite struct ClaimsTests {
  /// A worker may write anything there.
  @Test(arguments: [(3, 10, 3), (10, 10, 10), (11, 10, 10), (UInt64.max, 1, 1), (5, 0, 0)])
  func neverMoreThanAllIsDone(said: UInt64, total: UInt64, believed: UInt64) {
    let page = ClaimsPage(inProcess: ())
    defer { page.deallocate() }
    page.setProgress(done: said, total: total)
    #expect(page.progress == (believed, total))
  }
}
