import CPosix
import Glibc
import Testing
import Wire

/// The pages of a fork server and its workers.
@Suite struct PageSheetTests {
  private func withSheet(_ count: Int, _ body: (PageSheet) throws -> Void) throws {
    let cancel = cpx_memfd("cancel", count * CancelPage.byteCount)
    let claims = cpx_memfd("claims", count * ClaimsPage.byteCount)
    defer {
      close(cancel)
      close(claims)
    }
    try body(PageSheet(cancel: cancel, claims: claims, count: count))
  }

  /// The first is the server's; there is none when all are taken.
  @Test func eachPageHasOneOwner() throws {
    try withSheet(4) { sheet in
      let taken = (0..<4).map { _ in sheet.take() }
      #expect(taken == [1, 2, 3, nil])
      sheet.giveBack(2)
      #expect(sheet.take() == 2)
    }
  }

  /// What was said to the last worker, and by it, is not there for the next one.
  @Test func aPageThatComesBackIsEmpty() throws {
    try withSheet(3) { sheet in
      let page = try #require(sheet.take())
      sheet.cancelPage(page).cancel(7)
      sheet.claimsPage(page).begin(7, at: 1)
      sheet.claimsPage(page).beginFreeing()
      let other = try #require(sheet.take())
      #expect(!sheet.cancelPage(other).isCancelled(7) && sheet.claimsPage(other).performing == 0)
      sheet.giveBack(page)
      #expect(sheet.take() == page)
      #expect(!sheet.cancelPage(page).isCancelled(7))
      #expect(sheet.claimsPage(page).performing == 0 && !sheet.claimsPage(page).isFreeing)
    }
  }

  @Test func anOrderIsReadAsItWasWritten() {
    let order = ForkOrder(serial: .max, workerNumber: 1 << 43, page: 1 << 20 - 1)
    var packet = order.encoded()
    #expect(withUnsafeBytes(of: &packet) { ForkOrder($0) } == order)
  }
}
