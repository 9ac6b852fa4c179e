import TaskHost
import Testing

/// The same settings, for a program that embeds a host.
struct HostSettingsTests {
  @Test func programThenSourcesThenEnvironmentThenDefault() throws {
    let sources = [
      HostSettings.Source(name: "first") { ["window": "3", "grace": "1s"][$0] },
      HostSettings.Source(name: "second") { ["window": "4", "retries": "2"][$0] },
    ]
    let settings = try HostSettings(
      ["grace": "2m"], sources: sources, environment: ["TASKHOST_RETRIES": "9", "TASKHOST_MAX_FRAME": "64M"])
    func told(_ name: String) -> String? { settings[name].map { "\($0.text) \($0.level) \($0.origin)" } }
    #expect(told("grace") == "2m program the program" && told("window") == "3 program first")
    #expect(told("retries") == "2 program second")
    #expect(told("max-frame") == "64M environment TASKHOST_MAX_FRAME")
    #expect(told("standby") == "auto standard default" && settings["nothing"] == nil)
    let frame = try #require(settings["max-frame"])
    #expect(frame.number == 64 << 20 && frame.unit == "bytes")
    #expect(settings.values.count > 20 && settings.warnings.isEmpty)
  }

  @Test func mistakesAreNamed() {
    let wrong = #expect(throws: HostSettings.Invalid.self) {
      try HostSettings(["grace": "soon"], environment: [:])
    }
    #expect(
      wrong?.description.hasPrefix("grace, said by the program, is 'soon'; expected a duration") == true)
    let unknown = #expect(throws: HostSettings.Invalid.self) {
      try HostSettings(["gracee": "1s"], environment: [:])
    }
    #expect(unknown?.description == "there is no setting 'gracee'; did you mean 'grace'?")
    let file = #expect(throws: HostSettings.Invalid.self) {
      try HostSettings(environment: [:], files: .file("/proc/self/nowhere.toml"))
    }
    #expect(file?.description == "/proc/self/nowhere.toml could not be read: No such file or directory")
  }
}
