/// The queue of one kind and its workers, as a value: events in, actions out. It reads no clock, makes no system
/// call, keeps no payload; the same events at the same times give the same actions.
///
/// Use: `add`, `accept` and `handle` feed it; after each, take actions with `next` until there are none.
package struct Scheduler {
  package let policy: Policy

  package init(policy: Policy) { self.policy = policy }
}
