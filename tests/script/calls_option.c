// calls_option: socket options, fcntl, ioctl and poll: numbers behind pointers, which
// scripts write as [10].
#include "calls_internal.h"

#include "symbols.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CALLS_MS_US 1000

// What a script writes for an option's value: [10], 10, "cubic" or {onoff=1, linger=0}.
static bool calls_option_value(struct calls_try *try, const struct script_value *value,
                               struct target_option *option)
{
	const struct script_value *more;
	char text[CALLS_TEXT_BYTES];

	*option = (struct target_option){0};
	if (value->kind == VALUE_LIST && value->first && !value->first->next)
		value = value->first;
	if (value->kind == VALUE_STRING) {
		snprintf(option->text, sizeof(option->text), "%s", value->text);
		return true;
	}
	if (value->kind == VALUE_STRUCT) {
		more = calls_member(value, "linger");
		value = calls_member(value, "onoff");
		if (value && more && calls_number(value, &option->number) &&
		    calls_number(more, &option->more))
			return true;
	} else if (calls_number(value, &option->number)) {
		return true;
	}
	calls_refuse(try, "the value of the option is not understood: %s",
	             calls_text(try->arg[3], text));
	return false;
}

// -ENOSYS with the option's name, which the target does not have.
static int64_t calls_option_unknown(struct calls_try *try)
{
	char name[CALLS_TEXT_BYTES], value[CALLS_TEXT_BYTES];

	return calls_refuse(try, "%s does not have the option %s, or not as %s",
	                    try->calls->target->ops->name, calls_text(try->arg[2], name),
	                    calls_text(try->arg[3], value));
}

int64_t calls_setsockopt(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	struct target_option option;
	int64_t level = calls_arg(try, 1), name = calls_arg(try, 2);
	int err;

	if (try->refused || !calls_option_value(try, try->arg[3], &option))
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	// Of messages, not of the connection.
	if (level == IPPROTO_TCP && name == TCP_INQ) {
		fd->inq = option.number != 0;
		return 0;
	}
	err = target->ops->set_option(target->ctx, fd->live, (int)level, (int)name, &option);
	return err == -ENOSYS ? calls_option_unknown(try) : err;
}

int64_t calls_getsockopt(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	struct target_option expected, option = {0};
	int64_t level = calls_arg(try, 1), name = calls_arg(try, 2);
	int err;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	err = target->ops->get_option(target->ctx, fd->live, (int)level, (int)name, &option);
	if (err == -ENOSYS)
		return calls_option_unknown(try);
	if (err != 0 || try->arg[3]->kind == VALUE_ANY)
		return err;
	if (!calls_option_value(try, try->arg[3], &expected))
		return -ENOSYS;
	if (strcmp(option.text, expected.text) != 0)
		calls_differ(try, "the option should be \"%s\", is \"%s\"", expected.text,
		             option.text);
	if (option.number != expected.number || option.more != expected.more)
		calls_differ(try, "the option should be %lld, is %lld", (long long)expected.number,
		             (long long)option.number);
	return 0;
}

int64_t calls_fcntl(struct calls_try *try)
{
	struct calls_fd *fd = calls_arg_fd(try);
	int64_t command = calls_arg(try, 1), flags;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	if (command == F_GETFL)
		return O_RDWR | (fd->nonblock ? O_NONBLOCK : 0);
	if (command != F_SETFL || try->args != 3)
		return calls_refuse(try, "fcntl knows F_GETFL and F_SETFL only");
	flags = calls_arg(try, 2);
	fd->nonblock = flags & O_NONBLOCK;
	return 0;
}

int64_t calls_ioctl(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	int64_t request = calls_arg(try, 1), value = 0;
	struct target_option expected;
	int err;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	err = target->ops->ioctl(target->ctx, fd->live, request, &value);
	if (err != 0 || try->arg[2]->kind == VALUE_ANY)
		return err;
	if (!calls_option_value(try, try->arg[2], &expected))
		return -ENOSYS;
	if (value != expected.number)
		calls_differ(try, "ioctl should give %lld, gave %lld", (long long)expected.number,
		             (long long)value);
	return 0;
}

static bool calls_poll_number(struct calls_try *try, const struct script_value *entry,
                              const char *field, int64_t *number)
{
	const struct script_value *value = calls_member(entry, field);

	*number = 0;
	if (!value && strcmp(field, "revents") == 0)
		return true;
	if (value && calls_number(value, number))
		return true;
	calls_refuse(try, "%s of a descriptor is missing or not known", field);
	return false;
}

// The events that one entry has; -1 when the script is refused.
static int calls_poll_one(struct calls_try *try, const struct script_value *entry)
{
	struct target *target = try->calls->target;
	int64_t fd, events;

	if (!calls_poll_number(try, entry, "fd", &fd) ||
	    !calls_poll_number(try, entry, "events", &events))
		return -1;
	if (fd < 0)
		return 0;
	if (fd >= CALLS_FDS || !try->calls->fd[fd].used || try->calls->fd[fd].epoll ||
	    try->calls->fd[fd].file)
		return POLLNVAL;
	return target->ops->poll(target->ctx, try->calls->fd[fd].live) &
	       ((int)events | POLLERR | POLLHUP);
}

// Compares revents, once the call does not wait any more.
static void calls_poll_check(struct calls_try *try)
{
	for (const struct script_value *entry = try->arg[0]->first; entry; entry = entry->next) {
		int64_t expected;
		int events = calls_poll_one(try, entry);

		if (!calls_poll_number(try, entry, "revents", &expected))
			return;
		if (events != expected)
			calls_differ(try, "revents should be 0x%llx, is 0x%x",
			             (unsigned long long)expected, (unsigned)events);
	}
}

void calls_wait(struct calls_try *try, int64_t timeout_ms)
{
	if (timeout_ms >= 0)
		try->calls->wake_us = try->calls->since_us + (uint64_t)timeout_ms * CALLS_MS_US;
}

int64_t calls_poll(struct calls_try *try)
{
	struct target *target = try->calls->target;
	int64_t timeout_ms = calls_arg(try, 2), ready = 0;
	uint64_t waited_us = target->ops->now_us(target->ctx) - try->calls->since_us;

	if (try->arg[0]->kind != VALUE_LIST)
		return calls_refuse(try, "argument 1 is no list of descriptors");
	for (const struct script_value *entry = try->arg[0]->first; entry; entry = entry->next) {
		int events = calls_poll_one(try, entry);

		if (events < 0)
			return -ENOSYS;
		ready += events != 0;
	}
	if (ready == 0 && (timeout_ms < 0 || waited_us < (uint64_t)timeout_ms * CALLS_MS_US)) {
		try->may_block = true;
		calls_wait(try, timeout_ms);
		return -EAGAIN;
	}
	calls_poll_check(try);
	return ready;
}
