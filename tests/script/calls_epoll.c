// calls_epoll: epoll over poll of the target, which knows no edges: an edge is an event that
// was not there when the descriptor was looked at last, or data that came since.
#include "calls_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define CALLS_MS_US 1000
#define CALLS_KINDS (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP)

static struct calls_epoll *calls_arg_epoll(struct calls_try *try)
{
	struct calls_fd *fd = calls_arg_any(try);

	return fd && fd->epoll ? &try->calls->epoll[fd->live] : NULL;
}

int64_t calls_epoll_create(struct calls_try *try)
{
	struct calls *calls = try->calls;

	if (calls->epolls == CALLS_EPOLLS)
		return calls_refuse(try, "more than %u calls of epoll_create", CALLS_EPOLLS);
	try->makes_fd = true;
	try->epoll = true;
	calls->epoll[calls->epolls] = (struct calls_epoll){0};
	return calls->epolls++;
}

// Bytes that have come for a descriptor.
static uint64_t calls_received(struct calls *calls, const struct calls_fd *fd)
{
	int64_t waiting = 0;

	if (calls->target->ops->ioctl(calls->target->ctx, fd->live, FIONREAD, &waiting) != 0)
		return fd->read;
	return fd->read + (uint64_t)waiting;
}

// Requests of MSG_ZEROCOPY that are done.
static uint64_t calls_done(struct calls *calls, const struct calls_fd *fd)
{
	const struct target *target = calls->target;
	struct target_done done;

	if (target->ops->done(target->ctx, fd->live, false, &done) != 0)
		return 0;
	return done.last + UINT64_C(1);
}

static struct calls_watch *calls_watch_find(struct calls_epoll *epoll, int64_t fd)
{
	for (unsigned i = 0; i < epoll->len; i++)
		if (epoll->watch[i].fd == fd)
			return &epoll->watch[i];
	return NULL;
}

static int64_t calls_watch_change(struct calls_try *try, struct calls_watch *watch)
{
	const struct script_value *event = try->arg[3];
	const struct script_value *events = calls_member(event, "events");

	if (!events || !calls_number(events, &watch->events))
		return calls_refuse(try, "argument 4 has no events that are known");
	watch->last = 0;
	watch->received = watch->done = 0;
	watch->off = false;
	return 0;
}

int64_t calls_epoll_ctl(struct calls_try *try)
{
	struct calls_epoll *epoll = calls_arg_epoll(try);
	int64_t what = calls_arg(try, 1), fd = calls_arg(try, 2);
	struct calls_watch *watch;

	if (try->refused)
		return -ENOSYS;
	if (!epoll || fd < 0 || fd >= CALLS_FDS || !try->calls->fd[fd].used)
		return -EBADF;
	if (try->calls->fd[fd].epoll)
		return calls_refuse(try, "epoll of epoll is not supported");
	watch = calls_watch_find(epoll, fd);
	if (what == EPOLL_CTL_ADD) {
		if (watch)
			return -EEXIST;
		if (epoll->len == CALLS_WATCHES)
			return -ENOSPC;
		watch = &epoll->watch[epoll->len++];
		*watch = (struct calls_watch){.fd = fd};
		return calls_watch_change(try, watch);
	}
	if (!watch)
		return -ENOENT;
	if (what == EPOLL_CTL_MOD)
		return calls_watch_change(try, watch);
	*watch = epoll->watch[--epoll->len];
	return 0;
}

// The events to report of one descriptor; 0: none, or no edge.
static int64_t calls_watch_events(struct calls *calls, struct calls_watch *watch)
{
	const struct calls_fd *fd = &calls->fd[watch->fd];
	int64_t ready, fresh;
	uint64_t received, done;

	if (watch->off || !fd->used)
		return 0;
	ready = calls->target->ops->poll(calls->target->ctx, fd->live) & CALLS_KINDS &
	        (watch->events | EPOLLERR | EPOLLHUP);
	received = calls_received(calls, fd);
	done = calls_done(calls, fd);
	fresh = (ready & ~watch->last) | (received > watch->received ? ready & EPOLLIN : 0) |
	        (done > watch->done ? ready & EPOLLERR : 0);
	watch->last = ready;
	watch->received = received;
	watch->done = done;
	if ((watch->events & EPOLLET) && !fresh)
		return 0;
	watch->off = ready && (watch->events & EPOLLONESHOT);
	return ready;
}

// Compares one descriptor's events with what the script expects.
static void calls_epoll_check(struct calls_try *try, const struct script_value *expected,
                              const struct calls_watch *watch, int64_t events)
{
	const struct script_value *member = calls_member(expected, "events");
	int64_t number;

	if (!member || !calls_number(member, &number)) {
		calls_refuse(try, "argument 2 has no events that are known");
		return;
	}
	if (number != events)
		calls_differ(try, "events should be 0x%llx, is 0x%llx", (unsigned long long)number,
		             (unsigned long long)events);
	member = calls_member(expected, "fd");
	if (watch && member && calls_number(member, &number) && number != watch->fd)
		calls_differ(try, "fd should be %lld, is %lld", (long long)number,
		             (long long)watch->fd);
}

int64_t calls_epoll_wait(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_epoll *epoll = calls_arg_epoll(try);
	const struct script_value *expected = try->arg[1];
	int64_t most = calls_arg(try, 2), timeout_ms = calls_arg(try, 3), n = 0;
	uint64_t waited_us = target->ops->now_us(target->ctx) - try->calls->since_us;

	if (try->refused)
		return -ENOSYS;
	if (!epoll)
		return -EBADF;
	if (expected->kind == VALUE_LIST)
		expected = expected->first;
	for (unsigned i = 0; i < epoll->len && n < most; i++) {
		int64_t events = calls_watch_events(try->calls, &epoll->watch[i]);

		if (!events)
			continue;
		if (expected && expected->kind == VALUE_STRUCT) {
			calls_epoll_check(try, expected, &epoll->watch[i], events);
			expected = expected->next;
		}
		n++;
	}
	if (n == 0 && (timeout_ms < 0 || waited_us < (uint64_t)timeout_ms * CALLS_MS_US)) {
		try->may_block = true;
		calls_wait(try, timeout_ms);
		return -EAGAIN;
	}
	if (n == 0 && expected && expected->kind == VALUE_STRUCT)
		calls_epoll_check(try, expected, NULL, 0);
	return n;
}
