internal import ControlGroups
internal import Synchronization

/// The control groups of this process: made by the first pool that wants some, shared by others, and removed after the last.
enum SharedGroups {
  private struct State {
    var group: HostGroup?
    var users = 0
  }

  private static let state = Mutex(State())

  static func join() throws(NoGroups) -> HostGroup {
    try state.guarded { (state) throws(NoGroups) in
      let group = if let known = state.group { known } else { try HostGroup.make() }
      state.group = group
      state.users += 1
      return group
    }
  }

  /// False: something of them could not be removed.
  static func leave() -> Bool {
    state.guarded { state in
      state.users -= 1
      guard state.users == 0, let group = state.group else { return true }
      state.group = nil
      return group.close()
    }
  }
}
