// syscall_filter: the system calls that remain, as a seccomp filter: one for the process
// and a narrower one for workers. Another call fails with EPERM. Neither admits what
// starts a program, what looks into another process, or a socket of the kernel's network;
// only a program that is built with sanitizers may look into its own.
#ifndef CORE_HOST_SYSCALL_FILTER_H
#define CORE_HOST_SYSCALL_FILTER_H

#include "core/why.h"

#include <stdbool.h>

struct syscall_filter {
	bool connect; // the process connects to Unix sockets: dnstap, memif as client
	// It is built with sanitizers, which look for leaks at its end: processes and ptrace
	// are allowed, but not to workers.
	bool sanitizers;
};

// Restricts all threads of the process for good; needs no_new_privs. 0 also where the
// kernel has no seccomp filters; negative errno with a sentence in why.
int syscall_filter_process(const struct syscall_filter *filter, struct why *why) MUST_CHECK;

// After syscall_filter_process: restricts the calling thread further, a worker's: no file can
// be opened any more and no socket be made. 0 or negative errno, as above; no allocation.
int syscall_filter_worker(void) MUST_CHECK;

#endif
