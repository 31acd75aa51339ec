// rights: see the header.
#include "core/host/rights.h"

#include "core/host/every_thread.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES_MAX 64

struct capabilities {
	struct __user_cap_data_struct half[2];
};

static int capabilities_get(struct capabilities *have)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, have->half) ? -errno : 0;
}

static int capabilities_set(const struct capabilities *want)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capset, &header, want->half) ? -errno : 0;
}

int rights_find_user(const char *name, struct rights_user *user, struct why *why)
{
	struct passwd *found;

	errno = 0;
	found = getpwnam(name);
	if (!found)
		return why_fail(why, errno ? -errno : -ENOENT,
		                "there is no user %s; make one with: adduser --system --group %s",
		                name, name);
	*user = (struct rights_user){name, found->pw_uid, found->pw_gid};
	return 0;
}

static int become(const struct rights_user *user)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || initgroups(user->name, user->gid) ||
	    setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid) || prctl(PR_SET_KEEPCAPS, 0))
		return -errno;
	// The kernel has taken /proc/self from the process, which reads its own threads there.
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

int rights_become(const struct rights_user *user, struct why *why)
{
	int err = 0;

	if (user->name && user->uid != geteuid()) {
		if (geteuid() != 0)
			return why_fail(why, -EPERM,
			                "only root can become user %s; start it as root, or as %s "
			                "with the capabilities that the devices need",
			                user->name, user->name);
		err = become(user);
	}
	if (!err)
		err = rights_lower();
	if (err)
		why_set(why, "the process cannot become user %s: %s",
		        user->name ? user->name : "without capabilities", strerror(-err));
	return err;
}

uint64_t rights_in_effect(void)
{
	struct capabilities have;

	if (capabilities_get(&have))
		return 0;
	return have.half[0].effective | (uint64_t)have.half[1].effective << 32;
}

int rights_raise(void)
{
	struct capabilities have;
	int err = capabilities_get(&have);

	if (err)
		return err;
	for (unsigned i = 0; i < 2; i++)
		have.half[i].effective = have.half[i].permitted;
	return capabilities_set(&have);
}

int rights_lower(void)
{
	struct capabilities have;
	int err = capabilities_get(&have);

	if (err)
		return err;
	have.half[0].effective = have.half[1].effective = 0;
	return capabilities_set(&have);
}

// Runs in every thread, in a signal handler: system calls only. CAP_SETPCAP in effect
// empties the bounding set, too; a process that has not got it keeps the set, which
// gives nothing to a process that executes nothing.
static int drop_in_thread(void *ctx)
{
	static const struct capabilities none;
	const struct landlock *landlock = ctx;
	int err = rights_raise();

	if (err)
		return err;
	for (unsigned i = 0; i < CAPABILITIES_MAX; i++)
		if (prctl(PR_CAPBSET_DROP, i))
			break; // without the right, or the kernel has no more
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	err = capabilities_set(&none);
	return err ? err : landlock_enter(landlock);
}

int rights_drop(const struct landlock *landlock, const struct syscall_filter *filter,
                struct why *why)
{
	struct why reason;
	int err = every_thread_run(drop_in_thread, (void *)(uintptr_t)landlock, &reason);

	if (err)
		return why_fail(why, err, "rights cannot be given up: %s", reason.text);
	return filter ? syscall_filter_process(filter, why) : 0;
}
