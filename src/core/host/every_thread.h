// every_thread: runs a function in each thread of the process, those of libraries among
// them, as system calls need that change only the thread which calls them (capset,
// landlock_restrict_self). For the control thread, while it starts.
#ifndef CORE_HOST_EVERY_THREAD_H
#define CORE_HOST_EVERY_THREAD_H

#include "core/why.h"

#include <signal.h>

// The signal that interrupts the other threads. A thread that blocks it cannot be reached.
#define EVERY_THREAD_SIGNAL SIGRTMIN

#define EVERY_THREAD_MAX 256

// Calls fn(ctx) once in each thread, in the caller last. fn runs in a signal handler:
// it may only use what is async-signal-safe (signal-safety(7)), and returns 0 or negative
// errno. 0, or the first error with a sentence in why; -ETIMEDOUT when a thread did not
// take the signal within five seconds. Threads that are started meanwhile inherit what
// their creator has, before or after the call, and are reached as well.
int every_thread_run(int (*fn)(void *ctx), void *ctx, struct why *why) MUST_CHECK;

#endif
