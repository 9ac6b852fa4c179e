internal import CPosix
internal import Glibc

package enum UsableCPUs {
  /// The CPUs that this process may use, at least 1.
  package static func count() -> Int {
    let allowed = Int(cpx_usable_cpus())
    return allowed > 0 ? allowed : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}
