// rights: what the process may do, given up in steps while an appliance starts: the user
// it runs as, the capabilities with which it opens devices, and at last all of them,
// together with most of the file system (landlock.h) and of the system calls
// (syscall_filter.h). Nothing comes back.
#ifndef CORE_HOST_RIGHTS_H
#define CORE_HOST_RIGHTS_H

#include "core/host/landlock.h"
#include "core/host/syscall_filter.h"

#include <sys/types.h>

struct rights_user {
	const char *name; // borrowed; NULL: the process stays who it is
	uid_t uid;
	gid_t gid;
};

// Finds a user by name. 0, or negative errno with a sentence in why.
int rights_find_user(const char *name, struct rights_user *user, struct why *why) MUST_CHECK;

// Makes the process that user, with the groups that the user has. The capabilities stay
// permitted, but none is in effect until rights_raise. Only while there is one thread.
// 0, or negative errno with a sentence in why.
int rights_become(const struct rights_user *user, struct why *why) MUST_CHECK;

// The capabilities in effect for the calling thread, one bit for each (CAP_* of
// linux/capability.h); 0 also when the kernel does not say.
uint64_t rights_in_effect(void);

// Puts the permitted capabilities of the calling thread into effect, for devices; lower
// takes them out of effect. 0 or negative errno.
int rights_raise(void) MUST_CHECK;
int rights_lower(void) MUST_CHECK;

// Takes every capability from every thread, and forbids to get any by executing a file;
// restricts the process to what the two allow; a filter of NULL allows all calls. Threads that are
// started later inherit it. 0, or negative errno with a sentence in why; the process must then end.
int rights_drop(const struct landlock *landlock, const struct syscall_filter *filter,
                struct why *why) MUST_CHECK;

#endif
