// syscall_filter: see the header. A call that is missing here shows as EPERM of something
// that worked before: strace -f -e status=failed names it.
#include "core/host/syscall_filter.h"

#include "core/base.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM_BYTES ((size_t)2 << 20)

#ifndef PR_SET_VMA // names of anonymous memory; Linux 5.17
#define PR_SET_VMA 0x53564d41
#endif

// What a worker does once it runs: descriptors that are open, memory, time, its own end.
static const int worker_calls[] = {
        SCMP_SYS(read),
        SCMP_SYS(readv),
        SCMP_SYS(pread64), // of the configuration space of a NIC, by uio's interrupts
        SCMP_SYS(pwrite64),
        SCMP_SYS(write),
        SCMP_SYS(writev),
        SCMP_SYS(close),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(epoll_wait),
        SCMP_SYS(epoll_pwait),
        SCMP_SYS(epoll_ctl),
        SCMP_SYS(sendto),
        SCMP_SYS(sendmsg),
        SCMP_SYS(sendmmsg),
        SCMP_SYS(recvfrom),
        SCMP_SYS(recvmsg),
        SCMP_SYS(recvmmsg),
        SCMP_SYS(getsockopt),
        SCMP_SYS(ioctl),
        SCMP_SYS(futex),
        SCMP_SYS(mmap),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(mprotect),
        SCMP_SYS(madvise),
        SCMP_SYS(brk),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(sched_yield),
        SCMP_SYS(getcpu),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(getrandom),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigpending),
        SCMP_SYS(sigaltstack),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(rseq),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(membarrier),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
};

// What the other threads do besides: files, clients of the control socket, threads.
static const int process_calls[] = {
        SCMP_SYS(openat),
        SCMP_SYS(open),
        SCMP_SYS(stat),
        SCMP_SYS(fstat),
        SCMP_SYS(lstat),
        SCMP_SYS(newfstatat),
        SCMP_SYS(statx),
        SCMP_SYS(fstatfs),
        SCMP_SYS(statfs),
        SCMP_SYS(access),
        SCMP_SYS(faccessat),
        SCMP_SYS(faccessat2),
        SCMP_SYS(lseek),
        SCMP_SYS(getdents64),
        SCMP_SYS(readlink),
        SCMP_SYS(readlinkat),
        SCMP_SYS(getcwd),
        SCMP_SYS(rename),
        SCMP_SYS(renameat),
        SCMP_SYS(renameat2),
        SCMP_SYS(unlink),
        SCMP_SYS(unlinkat),
        SCMP_SYS(rmdir),
        SCMP_SYS(ftruncate),
        SCMP_SYS(fallocate),
        SCMP_SYS(fsync),
        SCMP_SYS(fdatasync),
        SCMP_SYS(fchmod),
        SCMP_SYS(flock),
        SCMP_SYS(fcntl),
        SCMP_SYS(dup),
        SCMP_SYS(dup3),
        SCMP_SYS(pipe2),
        SCMP_SYS(eventfd2),
        SCMP_SYS(fadvise64),
        SCMP_SYS(inotify_add_watch),
        SCMP_SYS(msync),
        SCMP_SYS(memfd_create),
        SCMP_SYS(signalfd4),
        SCMP_SYS(epoll_create1),
        SCMP_SYS(epoll_create),
        SCMP_SYS(timerfd_create),
        SCMP_SYS(timerfd_settime),
        SCMP_SYS(bind),
        SCMP_SYS(listen),
        SCMP_SYS(accept4),
        SCMP_SYS(accept),
        SCMP_SYS(socketpair),
        SCMP_SYS(shutdown),
        SCMP_SYS(getsockname),
        SCMP_SYS(getpeername),
        SCMP_SYS(setsockopt),
        SCMP_SYS(set_tid_address),
        SCMP_SYS(sched_setaffinity),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(setpriority),
        SCMP_SYS(getpriority),
        SCMP_SYS(getuid),
        SCMP_SYS(geteuid),
        SCMP_SYS(getgid),
        SCMP_SYS(getegid),
        SCMP_SYS(getppid),
        SCMP_SYS(getrusage),
        SCMP_SYS(sysinfo),
        SCMP_SYS(uname),
        SCMP_SYS(clock_getres),
        SCMP_SYS(seccomp),
        SCMP_SYS(umask),
        SCMP_SYS(getrlimit),
};

// What LeakSanitizer does at the end: a process that shares the memory stops each thread
// by ptrace and looks at its registers and stack.
static const int sanitizer_calls[] = {
        SCMP_SYS(clone), SCMP_SYS(ptrace), SCMP_SYS(prctl), SCMP_SYS(wait4), SCMP_SYS(getdents),
};

static int allow(scmp_filter_ctx ctx, const int *calls, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

static int allow_prctl(scmp_filter_ctx ctx, int option)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
	                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)option));
}

// A signal to the process itself: abort(), and every_thread.
static int allow_own_signals(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

// Threads, not processes. No filter can see the flags of clone3, so it is as if the
// kernel had none, and glibc takes clone.
static int allow_threads(scmp_filter_ctx ctx)
{
	int err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	                           SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	return err ? err : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int allow_sockets(scmp_filter_ctx ctx, bool connect)
{
	static const int families[] = {AF_UNIX, AF_NETLINK};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(families) && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		                       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	if (!err && connect)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0);
	return err;
}

// Names of threads, the filters of workers, and the process's own limits.
static int allow_own_state(scmp_filter_ctx ctx)
{
	static const int options[] = {PR_SET_NAME, PR_SET_SECCOMP, PR_SET_VMA};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(options) && !err; i++)
		err = allow_prctl(ctx, options[i]);
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
		                       SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
	return err;
}

// A filter that refuses all calls but the workers'; NULL without memory.
static scmp_filter_ctx filter_new(int *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	*err = -ENOMEM;
	if (!ctx)
		return NULL;
	*err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!*err)
		*err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0); // it is set already
	if (!*err)
		*err = allow(ctx, worker_calls, ARRAY_LEN(worker_calls));
	if (!*err)
		*err = allow_own_signals(ctx);
	if (!*err) // a worker's sleep is as short as it asks for
		*err = allow_prctl(ctx, PR_SET_TIMERSLACK);
	return ctx;
}

// A kernel without filters is no error.
static int filter_load(scmp_filter_ctx ctx)
{
	int err = seccomp_load(ctx);

	return err == -ENOSYS || err == -EINVAL ? 0 : err;
}

// The workers' filter as the kernel takes it: made by the control thread before they start.
// libseccomp crashes where it lacks memory, which an own filter of each worker would take.
static struct sock_fprog worker_program;

// Whether there is more than libseccomp takes.
static bool has_room(void)
{
	void *room = malloc(ROOM_BYTES);

	free(room);
	return room != NULL;
}

static int program_read(int fd)
{
	struct stat st;
	ssize_t len = fstat(fd, &st) == 0 ? st.st_size : -1;

	free(worker_program.filter);
	worker_program.filter = len > 0 ? malloc((size_t)len) : NULL;
	if (!worker_program.filter)
		return -ENOMEM;
	worker_program.len = (unsigned short)((size_t)len / sizeof(*worker_program.filter));
	return pread(fd, worker_program.filter, (size_t)len, 0) == len ? 0 : -EIO;
}

static int worker_program_make(void)
{
	int err, fd = memfd_create("filter", MFD_CLOEXEC);
	scmp_filter_ctx ctx = filter_new(&err);

	if (!err)
		err = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
	if (!err)
		err = program_read(fd);
	if (ctx)
		seccomp_release(ctx);
	if (fd >= 0)
		close(fd);
	return err;
}

static int process_filter_load(const struct syscall_filter *filter)
{
	int err;
	scmp_filter_ctx ctx = filter_new(&err);

	if (!err)
		err = allow(ctx, process_calls, ARRAY_LEN(process_calls));
	if (!err)
		err = allow_threads(ctx);
	if (!err)
		err = allow_sockets(ctx, filter->connect);
	if (!err)
		err = allow_own_state(ctx);
	if (!err && filter->sanitizers)
		err = allow(ctx, sanitizer_calls, ARRAY_LEN(sanitizer_calls));
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!err)
		err = filter_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return err;
}

int syscall_filter_process(const struct syscall_filter *filter, struct why *why)
{
	int err = has_room() ? worker_program_make() : -ENOMEM;

	if (!err)
		err = process_filter_load(filter);
	if (err)
		why_set(why, "system calls cannot be restricted: %s", strerror(-err));
	return err;
}

int syscall_filter_worker(void)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &worker_program) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL ? 0 : -errno;
}
