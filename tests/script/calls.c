// calls: descriptors, addresses, the calls that open and close sockets, and how results are
// compared. See calls_internal.h for the others.
#include "calls_internal.h"

#include "symbols.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int64_t calls_refuse(struct calls_try *try, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!try->refused)
		why_set(try->why, "%s", text);
	try->refused = true;
	return -ENOSYS;
}

void calls_differ(struct calls_try *try, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!try->mismatch)
		why_set(try->why, "%s", text);
	try->mismatch = true;
}

bool calls_number(const struct script_value *value, int64_t *number)
{
	int64_t left, right;

	switch (value->kind) {
	case VALUE_NUMBER:
		*number = value->number;
		return true;
	case VALUE_WORD:
		if (symbols_find(value->text, number))
			return true;
		*number = symbols_errno(value->text);
		return *number != 0;
	case VALUE_OR:
		if (!calls_number(value->first, &left) || !calls_number(value->first->next, &right))
			return false;
		*number = left | right;
		return true;
	default:
		return false;
	}
}

int64_t calls_arg(struct calls_try *try, unsigned arg)
{
	const struct script_value *value = try->arg[arg];
	char text[CALLS_TEXT_BYTES];
	int64_t number = 0;

	if (!calls_number(value, &number))
		calls_refuse(try, "argument %u of %s is no number that is known: %s", arg + 1,
		             try->calls->call->name, calls_text(value, text));
	return number;
}

struct calls_fd *calls_arg_any(struct calls_try *try)
{
	int64_t fd = calls_arg(try, 0);

	if (fd < 0 || fd >= CALLS_FDS || !try->calls->fd[fd].used)
		return NULL;
	return &try->calls->fd[fd];
}

struct calls_fd *calls_arg_fd(struct calls_try *try)
{
	struct calls_fd *fd = calls_arg_any(try);

	return fd && !fd->epoll && !fd->file ? fd : NULL;
}

const struct script_value *calls_member(const struct script_value *value, const char *field)
{
	for (const struct script_value *member = value->first; member; member = member->next)
		if (member->field && strcmp(member->field, field) == 0)
			return member;
	return NULL;
}

// htons(8080): the number of a call's argument. "..." leaves what it is.
static bool calls_port(const struct script_value *value, uint16_t *port)
{
	int64_t number;

	if (value && value->kind == VALUE_ANY)
		return true;
	if (!value || value->kind != VALUE_CALL || strcmp(value->text, "htons") != 0 ||
	    !value->first || !calls_number(value->first, &number) || number < 0 ||
	    number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

// inet_addr("192.0.2.1")
static bool calls_addr(const struct script_value *value, struct addr *addr)
{
	if (value && value->kind == VALUE_ANY)
		return true;
	return value && value->kind == VALUE_CALL && value->first &&
	       value->first->kind == VALUE_STRING && addr_parse(value->first->text, addr);
}

// The member, which has one of two names.
static const struct script_value *calls_member_of(const struct script_value *value,
                                                  const char *name, const char *other)
{
	const struct script_value *member = calls_member(value, name);

	return member ? member : calls_member(value, other);
}

bool calls_arg_endpoint(struct calls_try *try, unsigned arg, struct target_endpoint otherwise,
                        struct target_endpoint *endpoint)
{
	const struct script_value *value = try->arg[arg];
	char text[CALLS_TEXT_BYTES];

	*endpoint = otherwise;
	if (value->kind == VALUE_ANY)
		return true;
	if (value->kind == VALUE_STRUCT &&
	    calls_port(calls_member_of(value, "sin_port", "sin6_port"), &endpoint->port) &&
	    calls_addr(calls_member_of(value, "sin_addr", "sin6_addr"), &endpoint->addr))
		return true;
	calls_refuse(try, "argument %u of %s is no socket address: %s", arg + 1,
	             try->calls->call->name, calls_text(value, text));
	return false;
}

static int64_t calls_socket(struct calls_try *try)
{
	int type = (int)calls_arg(try, 1), protocol = (int)calls_arg(try, 2);
	bool ipv6 = try->calls->conf->ip != SCRIPT_IPV4;

	if (try->arg[0]->kind != VALUE_ANY)
		ipv6 = calls_arg(try, 0) == AF_INET6;
	if (try->refused)
		return -ENOSYS;
	try->makes_fd = true;
	try->datagram = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_DGRAM;
	return try->calls->target->ops->socket(try->calls->target->ctx, ipv6, type, protocol);
}

static int64_t calls_bind(struct calls_try *try)
{
	const struct script_conf *conf = try->calls->conf;
	struct target_endpoint local = {conf->local, conf->bind_port};
	struct calls_fd *fd = calls_arg_fd(try);

	if (!fd)
		return -EBADF;
	if (!calls_arg_endpoint(try, 1, local, &local))
		return -ENOSYS;
	return try->calls->target->ops->bind(try->calls->target->ctx, fd->live, &local);
}

static int64_t calls_listen(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	int err;

	if (!fd)
		return -EBADF;
	err = target->ops->listen(target->ctx, fd->live, (int)calls_arg(try, 1));
	try->calls->listened = try->calls->listened || err == 0;
	return err;
}

static int64_t calls_accept(struct calls_try *try)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	int live;

	if (!fd)
		return -EBADF;
	try->makes_fd = true;
	try->may_block = !fd->nonblock;
	live = target->ops->accept(target->ctx, fd->live);
	if (live >= 0)
		try->calls->current = live;
	return live;
}

// How the handshake ended; -EAGAIN: it has not.
static int64_t calls_connect_end(struct calls_try *try, const struct calls_fd *fd)
{
	struct target *target = try->calls->target;
	struct target_option error = {0};
	int events = target->ops->poll(target->ctx, fd->live);

	if (!(events & (POLLOUT | POLLERR | POLLHUP)))
		return -EAGAIN;
	if (target->ops->get_option(target->ctx, fd->live, SOL_SOCKET, SO_ERROR, &error) != 0)
		return -ENOSYS;
	return -error.number;
}

static int64_t calls_connect(struct calls_try *try)
{
	struct calls *calls = try->calls;
	struct target_endpoint remote = {calls->conf->remote, calls->conf->connect_port};
	struct calls_fd *fd = calls_arg_fd(try);
	int err;

	if (!fd)
		return -EBADF;
	if (calls->begun) {
		try->may_block = true;
		return calls_connect_end(try, fd);
	}
	if (!calls_arg_endpoint(try, 1, remote, &remote))
		return -ENOSYS;
	err = calls->target->ops->connect(calls->target->ctx, fd->live, &remote);
	if (err == 0 || err == -EINPROGRESS) {
		calls->connected = true;
		calls->remote = remote;
		calls->current = fd->live;
	}
	if (err != -EINPROGRESS || fd->nonblock)
		return err;
	calls->begun = true;
	try->may_block = true;
	return calls_connect_end(try, fd);
}

static int64_t calls_shutdown(struct calls_try *try)
{
	struct calls_fd *fd = calls_arg_fd(try);

	if (!fd)
		return -EBADF;
	return try->calls->target->ops->shutdown(try->calls->target->ctx, fd->live,
	                                         (int)calls_arg(try, 1));
}

static int64_t calls_close(struct calls_try *try)
{
	struct calls_fd *fd = calls_arg_any(try);

	if (!fd)
		return -EBADF;
	fd->used = false;
	if (fd->epoll || fd->file)
		return 0;
	return try->calls->target->ops->close_socket(try->calls->target->ctx, fd->live);
}

// Privileges of the process: none is needed here.
static int64_t calls_cap_set(struct calls_try *try)
{
	(void)try;
	return 0;
}

static const struct calls_row {
	const char *name;
	unsigned args;
	calls_fn *fn;
} calls_rows[] = {
        {"socket", 3, calls_socket},
        {"bind", 3, calls_bind},
        {"listen", 2, calls_listen},
        {"accept", 3, calls_accept},
        {"accept4", 4, calls_accept},
        {"connect", 3, calls_connect},
        {"read", 3, calls_read},
        {"recv", 4, calls_read},
        {"recvfrom", 6, calls_read},
        {"readv", 3, calls_readv},
        {"recvmsg", 3, calls_recvmsg},
        {"write", 3, calls_write},
        {"send", 4, calls_write},
        {"sendto", 6, calls_write},
        {"writev", 3, calls_writev},
        {"sendmsg", 3, calls_sendmsg},
        {"open", 2, calls_open},
        {"sendfile", 4, calls_sendfile},
        {"shutdown", 2, calls_shutdown},
        {"close", 1, calls_close},
        {"getsockopt", 5, calls_getsockopt},
        {"setsockopt", 5, calls_setsockopt},
        {"poll", 3, calls_poll},
        {"epoll_create", 1, calls_epoll_create},
        {"epoll_ctl", 4, calls_epoll_ctl},
        {"epoll_wait", 4, calls_epoll_wait},
        {"fcntl", 3, calls_fcntl},
        {"ioctl", 3, calls_ioctl},
        {"cap_set", 2, calls_cap_set},
};

// The script's number for a descriptor that the target made.
static bool calls_name_fd(struct calls_try *try, int64_t live, int64_t expected)
{
	struct calls_fd *fd;

	if (expected < 0 || expected >= CALLS_FDS) {
		calls_differ(try, "%s should fail, but opened a socket", try->calls->call->name);
		return false;
	}
	fd = &try->calls->fd[expected];
	if (fd->used) {
		calls_refuse(try, "the descriptor %lld is open already", (long long)expected);
		return false;
	}
	*fd = (struct calls_fd){.used = true,
	                        .datagram = try->datagram,
	                        .epoll = try->epoll,
	                        .file = try->file,
	                        .live = (int)live};
	if (!strcmp(try->calls->call->name, "socket"))
		fd->nonblock = calls_arg(try, 1) & SOCK_NONBLOCK;
	if (!strcmp(try->calls->call->name, "accept4"))
		fd->nonblock = calls_arg(try, 3) & SOCK_NONBLOCK;
	return true;
}

static void calls_result_text(int64_t result, char text[CALLS_TEXT_BYTES])
{
	if (result >= 0)
		snprintf(text, CALLS_TEXT_BYTES, "%lld", (long long)result);
	else
		snprintf(text, CALLS_TEXT_BYTES, "-1 %s (%lld)", symbols_errno_name((int)-result),
		         (long long)-result);
}

// Compares what the call returned with "= 0" or "= -1 EAGAIN (...)".
static void calls_check_result(struct calls_try *try, int64_t result)
{
	const struct script_call *call = try->calls->call;
	char is[CALLS_TEXT_BYTES], should[CALLS_TEXT_BYTES];
	int64_t expected;

	if (call->result->kind == VALUE_ANY)
		return;
	if (!calls_number(call->result, &expected)) {
		calls_refuse(try, "the result of %s is no number that is known: %s", call->name,
		             calls_text(call->result, is));
		return;
	}
	if (result >= 0 && try->makes_fd) {
		if (!calls_name_fd(try, result, expected))
			return;
		result = expected;
	}
	if (expected == -1 && call->error) {
		expected = -symbols_errno(call->error);
		if (expected == 0)
			calls_refuse(try, "the error %s is not known", call->error);
	} else if (expected == -1 && result < 0) {
		return;
	}
	if (try->refused || result == expected)
		return;
	calls_result_text(result, is);
	calls_result_text(expected, should);
	calls_differ(try, "%s should return %s, returned %s", call->name, should, is);
}

static const struct calls_row *calls_find(struct calls_try *try)
{
	const struct script_call *call = try->calls->call;

	for (unsigned i = 0; i < ARRAY_LEN(calls_rows); i++) {
		const struct calls_row *row = &calls_rows[i];

		if (strcmp(row->name, call->name) != 0)
			continue;
		if (row->args != try->args && !(row->fn == calls_fcntl && try->args == 2)) {
			calls_refuse(try, "%s needs %u arguments", row->name, row->args);
			return NULL;
		}
		return row;
	}
	calls_refuse(try, "the call %.60s is not supported", call->name);
	return NULL;
}

// Refuses what the target has no way to do: mostly because of the flags, the last argument.
static void calls_lacks(struct calls_try *try)
{
	const char *name = try->calls->call->name;
	const struct script_value *last = try->args ? try->arg[try->args - 1] : NULL;
	char text[CALLS_TEXT_BYTES];

	if ((strcmp(name, "sendto") == 0 || strcmp(name, "recvfrom") == 0) && try->args == 6)
		last = try->arg[3];
	calls_refuse(try, "%s does not have %s with %s", try->calls->target->ops->name, name,
	             last ? calls_text(last, text) : "these arguments");
}

enum calls_status calls_again(struct calls *calls, struct why *why)
{
	struct calls_try try = {.calls = calls, .why = why};
	const struct calls_row *row;
	int64_t result;

	for (const struct script_value *arg = calls->call->args; arg; arg = arg->next) {
		if (try.args < CALLS_ARGS)
			try.arg[try.args] = arg;
		try.args++;
	}
	row = calls_find(&try);
	if (!row)
		return CALLS_REFUSED;
	result = row->fn(&try);
	if (try.refused)
		return CALLS_REFUSED;
	if (result == -EAGAIN && try.may_block)
		return CALLS_BLOCKED;
	if (result == -ENOSYS) {
		calls_lacks(&try);
		return CALLS_REFUSED;
	}
	calls_check_result(&try, result);
	if (try.refused)
		return CALLS_REFUSED;
	return try.mismatch ? CALLS_FAILED : CALLS_PASSED;
}

enum calls_status calls_start(struct calls *calls, const struct script_call *call, struct why *why)
{
	calls->call = call;
	calls->since_us = calls->target->ops->now_us(calls->target->ctx);
	calls->done = 0;
	calls->begun = false;
	calls->wake_us = 0;
	return calls_again(calls, why);
}

void calls_init(struct calls *calls, const struct script_conf *conf, struct target *target)
{
	*calls = (struct calls){.conf = conf, .target = target, .current = -1};
}
