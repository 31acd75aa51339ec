// fatal: what a process says when a signal such as SIGSEGV ends it: the signal, the thread and
// where it was, the code as addresses for addr2line, the last records of the thread's trace,
// and the packets that it had in hand: its burst, of which those are marked that a register of the
// thread pointed to, mostly the one that was being handled. Then the signal has the effect that it
// had before fatal_init: by default a core dump, and in a guest, whose process 1 that is, the guest
// is powered off. Devices are the kernel's to undo: each is a descriptor.
#ifndef CORE_HOST_FATAL_H
#define CORE_HOST_FATAL_H

#include "core/host/pipeline.h"

#define FATAL_STACK_BYTES 65536
#define FATAL_RECORDS     16  // of the trace
#define FATAL_PKT_BYTES   256 // of each packet, at most

// A thread that is reported with more than its number; the owner's, for as long as it runs.
struct fatal_thread {
	const char *name;
	const struct trace *trace;       // NULL: none
	const struct pipeline *pipeline; // NULL: no worker
	uint8_t *stack;                  // for the handler, when the thread's own is used up
};

// Handles fatal signals from now on, of all threads; program is borrowed. Reports go to fd. Does
// nothing in a program with sanitizers, which report more.
void fatal_init(const char *program, int fd);

// The calling thread is reported as that, until fatal_leave. Without memory for a stack it has
// none of its own.
void fatal_enter(struct fatal_thread *thread);
void fatal_leave(struct fatal_thread *thread);

#endif
