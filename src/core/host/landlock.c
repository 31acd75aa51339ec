// landlock: see the header.
#include "core/host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// What newer kernels add to the Landlock of Debian 12's headers (ABI 2).
#define FS_TRUNCATE         (UINT64_C(1) << 14) // ABI 3
#define NET_BIND_TCP        (UINT64_C(1) << 0)  // ABI 4
#define NET_CONNECT_TCP     (UINT64_C(1) << 1)  // ABI 4
#define FS_IOCTL_DEV        (UINT64_C(1) << 15) // ABI 5
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0)  // ABI 6
#define SCOPE_SIGNAL        (UINT64_C(1) << 1)  // ABI 6

struct ruleset {
	uint64_t handled_fs, handled_net, scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                                   \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define FS_OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FS_ABI_1    ((UINT64_C(1) << 13) - 1)

static uint64_t fs_handled(unsigned abi)
{
	uint64_t handled = FS_ABI_1;

	if (abi >= 2)
		handled |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		handled |= FS_TRUNCATE;
	if (abi >= 5)
		handled |= FS_IOCTL_DEV;
	return handled;
}

// An older kernel refuses members that it does not know unless they are left out.
static size_t ruleset_bytes(unsigned abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, handled_net);
}

int landlock_open(struct landlock *landlock, struct why *why)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset ruleset;

	*landlock = (struct landlock){.fd = -1};
	if (abi < 1) // ENOSYS, or EOPNOTSUPP where it is switched off at boot
		return 0;
	landlock->abi = (unsigned)abi;
	ruleset = (struct ruleset){fs_handled(landlock->abi), NET_BIND_TCP | NET_CONNECT_TCP,
	                           SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL};
	landlock->fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
	                            ruleset_bytes(landlock->abi), 0);
	if (landlock->fd < 0)
		return why_fail(why, -errno, "Landlock cannot be used: %s", strerror(errno));
	return 0;
}

static uint64_t fs_allowed(const struct landlock *landlock, enum landlock_use use, bool folder)
{
	uint64_t allowed = use == LANDLOCK_READ ? FS_READ : FS_WRITE | FS_TRUNCATE;

	if (!folder)
		allowed &= FS_OF_FILES;
	return allowed & fs_handled(landlock->abi);
}

int landlock_allow(struct landlock *landlock, const char *path, enum landlock_use use,
                   struct why *why)
{
	struct landlock_path_beneath_attr rule;
	struct stat st;
	int err = 0;

	if (landlock->fd < 0)
		return 0;
	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR
		               ? 0
		               : why_fail(why, -errno, "%s: %s", path, strerror(errno));
	rule.allowed_access =
	        fs_allowed(landlock, use, fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode));
	if (syscall(SYS_landlock_add_rule, landlock->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		err = why_fail(why, -errno, "%s cannot be allowed by Landlock: %s", path,
		               strerror(errno));
	close(rule.parent_fd);
	return err;
}

int landlock_enter(const struct landlock *landlock)
{
	if (landlock->fd < 0)
		return 0;
	return syscall(SYS_landlock_restrict_self, landlock->fd, 0) ? -errno : 0;
}

void landlock_close(struct landlock *landlock)
{
	if (landlock->fd >= 0)
		close(landlock->fd);
	landlock->fd = -1;
}
