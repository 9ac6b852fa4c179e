import Foundation
import TestSupport
import Testing

/// Under Scripts/sanitize: a finding ends the process that has it with a status of its own, which no test takes for another end. Of a
/// sanitizer that could not do that these tests would say nothing.
@Suite struct SanitizerTests {
  private static func isOn(_ variable: String) -> Bool {
    ProcessInfo.processInfo.environment[variable] != nil
  }

  @Test(.enabled(if: isOn("TSAN_OPTIONS"), "only under the thread sanitizer: make sanitize"))
  func aRaceIsFound() async throws { try await expectFinding("race") }

  @Test(.enabled(if: isOn("ASAN_OPTIONS"), "only under the address sanitizer: make sanitize"))
  func aUseAfterFreeIsFound() async throws { try await expectFinding("use-after-free") }

  @Test(.enabled(if: isOn("ASAN_OPTIONS"), "only under the address sanitizer: make sanitize"))
  func aLeakIsFound() async throws { try await expectFinding("leak") }

  private func expectFinding(_ deed: String) async throws {
    try await onItsOwnThread {
      let child = try Child(
        Taskhost.directory + "/embedder", [deed, TestKind.path("calls.c")], environment: Taskhost.environment)
      #expect(try child.finish() == .exited(66), "\(child.errorText)")
      #expect(child.errorText.contains("Sanitizer"))
    }
  }
}
