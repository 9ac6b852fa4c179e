#pragma once

/// How many CPUs this process may use; -1 and errno when the kernel does not say.
int cpx_usable_cpus(void);
