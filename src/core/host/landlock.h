// landlock: the part of the file system that the process may use from a moment on, as
// Linux's Landlock holds it (landlock(7)): folders with what lies below them. Everything
// else cannot be opened, nor can anything be executed or a TCP port of the kernel be used.
// Descriptors that are open already stay as they are.
#ifndef CORE_HOST_LANDLOCK_H
#define CORE_HOST_LANDLOCK_H

#include "core/why.h"

#include <stdbool.h>

enum landlock_use {
	LANDLOCK_READ,  // read files, list folders
	LANDLOCK_WRITE, // also create, write and remove files and sockets
};

struct landlock {
	int fd; // -1: the kernel has no Landlock, and nothing is restricted
	unsigned abi;
};

// 0 also without Landlock in the kernel; negative errno with a sentence in why.
int landlock_open(struct landlock *landlock, struct why *why) MUST_CHECK;

// Allows a file, or a folder with all below it. A path that does not exist is skipped.
int landlock_allow(struct landlock *landlock, const char *path, enum landlock_use use,
                   struct why *why) MUST_CHECK;

// Restricts the calling thread, and those it starts, for good; needs no_new_privs.
// Async-signal-safe. 0 or negative errno.
int landlock_enter(const struct landlock *landlock) MUST_CHECK;

void landlock_close(struct landlock *landlock);

#endif
