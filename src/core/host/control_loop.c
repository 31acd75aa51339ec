// control_loop: epoll around the timer wheel and the mailbox; see the header.
#include "core/host/control_loop.h"

#include "core/host/clock.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAIT_MAX_US (60 * SEC_US)

_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR &&
                       POLLHUP == EPOLLHUP,
               "events of poll and epoll are the same bits");

// The mailbox itself is looked at once a turn.
static void on_wake(struct control_watch *watch, unsigned events, mono_t now)
{
	uint64_t wakes;

	(void)!read(watch->fd, &wakes, sizeof(wakes));
}

int control_loop_init(struct control_loop *loop)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), err = 0;

	*loop = (struct control_loop){.epoll_fd = -1, .wake = {fd, on_wake}};
	if (fd < 0)
		return -errno;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		err = -errno;
	if (!err)
		err = control_loop_add(loop, &loop->wake, POLLIN);
	mailbox_init(&loop->mailbox, fd);
	wheel_init(&loop->wheel, clock_kernel());
	if (err) {
		close(fd);
		control_loop_fini(loop);
	}
	return err;
}

void control_loop_fini(struct control_loop *loop)
{
	if (loop->epoll_fd < 0)
		return;
	close(loop->epoll_fd);
	close(loop->wake.fd);
	loop->epoll_fd = -1;
}

static int control_epoll(struct control_loop *loop, int op, struct control_watch *watch,
                         unsigned events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll_fd, op, watch->fd, &event) == 0 ? 0 : -errno;
}

int control_loop_add(struct control_loop *loop, struct control_watch *watch, unsigned events)
{
	return control_epoll(loop, EPOLL_CTL_ADD, watch, events);
}

void control_loop_change(struct control_loop *loop, struct control_watch *watch, unsigned events)
{
	int err = control_epoll(loop, EPOLL_CTL_MOD, watch, events);

	assert(!err);
}

void control_loop_del(struct control_loop *loop, struct control_watch *watch)
{
	int err = control_epoll(loop, EPOLL_CTL_DEL, watch, 0);

	assert(!err);
	for (unsigned i = 0; i < loop->ready_len; i++)
		if (loop->ready[i].data.ptr == watch)
			loop->ready[i].data.ptr = NULL;
}

// Milliseconds for epoll_wait, rounded up: a timer never fires early.
static int wait_ms(const struct control_loop *loop, mono_t now, uint64_t limit_us)
{
	uint64_t us = mono_until(now, wheel_next(&loop->wheel));

	if (mailbox_has_posts(&loop->mailbox))
		return 0;
	us = u64_min(us, u64_min(limit_us, WAIT_MAX_US));
	return (int)((us + MS_US - 1) / MS_US);
}

static unsigned serve_ready(struct control_loop *loop, mono_t now)
{
	unsigned served = 0;

	for (unsigned i = 0; i < loop->ready_len; i++) {
		struct control_watch *watch = loop->ready[i].data.ptr;

		if (!watch)
			continue;
		watch->fn(watch, loop->ready[i].events, now);
		served += watch != &loop->wake;
	}
	loop->ready_len = 0;
	return served;
}

unsigned control_loop_turn(struct control_loop *loop, uint64_t limit_us)
{
	mono_t began = clock_kernel(), now;
	int ms = wait_ms(loop, began, limit_us);
	int ready = epoll_wait(loop->epoll_fd, loop->ready, CONTROL_LOOP_BATCH, ms);
	uint64_t late_us;
	unsigned called;

	now = clock_kernel();
	late_us = mono_until(mono_add(began, (uint64_t)ms * MS_US), now);
	if (late_us > loop->late_us)
		loop->late_us = late_us;
	loop->ready_len = ready < 0 ? 0 : (unsigned)ready;
	called = serve_ready(loop, now);
	called += wheel_tick(&loop->wheel, now);
	called += mailbox_run(&loop->mailbox, now);
	return called;
}

void control_loop_run(struct control_loop *loop)
{
	while (!loop->stopping)
		control_loop_turn(loop, WAIT_MAX_US);
}
