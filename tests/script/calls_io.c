// calls_io: bytes in and out. Streams hold packet_byte of their offset, so each byte that is
// read is compared, and segments are compared by the runner (run.c).
#include "calls_internal.h"

#include "packet.h"

#include <errno.h>
#include <fcntl.h> // struct timespec, for the next one
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define CALLS_LEN_MAX (64 << 20)

// The sum of {..., LENGTH} in a list; -1 when it is no such list.
static int64_t calls_iov_len(const struct script_value *list)
{
	int64_t total = 0, len;

	if (!list || list->kind != VALUE_LIST)
		return -1;
	for (const struct script_value *iov = list->first; iov; iov = iov->next) {
		if (iov->kind != VALUE_STRUCT || !iov->first || !iov->first->next ||
		    !calls_number(iov->first->next, &len) || len < 0 || len > CALLS_LEN_MAX)
			return -1;
		total += len;
		if (total > CALLS_LEN_MAX)
			return -1;
	}
	return total;
}

// That what was read is the stream's, from the descriptor's offset on.
static void calls_check_bytes(struct calls_try *try, const struct calls_fd *fd,
                              const uint8_t *bytes, int64_t len)
{
	uint64_t offset = fd->datagram ? 0 : fd->read;

	for (int64_t i = 0; i < len; i++) {
		if (bytes[i] == packet_byte(offset + (uint64_t)i))
			continue;
		calls_differ(try, "byte %llu of the stream is not what was sent",
		             (unsigned long long)(offset + (uint64_t)i));
		return;
	}
}

// Whether the buffer of a call is NULL, though it should have bytes.
static bool calls_is_null(const struct calls_try *try, int64_t len)
{
	const struct script_value *buffer = try->arg[1];

	return len > 0 && ((buffer->kind == VALUE_WORD && strcmp(buffer->text, "NULL") == 0) ||
	                   (buffer->kind == VALUE_NUMBER && buffer->number == 0));
}

static bool calls_has_data(const struct calls_try *try, const struct calls_fd *fd)
{
	const struct target *target = try->calls->target;

	return target->ops->poll(target->ctx, fd->live) & POLLIN;
}

static int64_t calls_receive(struct calls_try *try, int64_t len, int flags)
{
	struct target *target = try->calls->target;
	struct calls_fd *fd = calls_arg_fd(try);
	uint8_t *bytes;
	int64_t n;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	if (len < 0 || len > CALLS_LEN_MAX)
		return calls_refuse(try, "the length %lld is not supported", (long long)len);
	try->may_block = !fd->nonblock && !(flags & MSG_DONTWAIT);
	// The address is looked at when there is something to write to it.
	if (calls_is_null(try, len))
		return calls_has_data(try, fd) ? -EFAULT : -EAGAIN;
	bytes = malloc((size_t)len + 1);
	if (!bytes)
		return calls_refuse(try, "not enough memory");
	n = target->ops->recv(target->ctx, fd->live, bytes, (size_t)len, flags & ~MSG_DONTWAIT);
	if (n > 0 && !(flags & MSG_TRUNC))
		calls_check_bytes(try, fd, bytes, n);
	if (n > 0 && !(flags & MSG_PEEK))
		fd->read += (uint64_t)n;
	free(bytes);
	return n;
}

int64_t calls_read(struct calls_try *try)
{
	return calls_receive(try, calls_arg(try, 2), try->args > 3 ? (int)calls_arg(try, 3) : 0);
}

int64_t calls_readv(struct calls_try *try)
{
	int64_t len = calls_iov_len(try->arg[1]);

	return len < 0 ? calls_refuse(try, "argument 2 is no list of {..., LENGTH}")
	               : calls_receive(try, len, 0);
}

// The control messages that a message should have; NULL: none.
static const struct script_value *calls_control(const struct calls_try *try)
{
	const struct script_value *control = calls_member(try->arg[1], "msg_control");

	return control ? control->first : NULL;
}

// The length of a message's parts.
static int64_t calls_message_len(struct calls_try *try)
{
	const struct script_value *message = try->arg[1];
	int64_t len;

	if (message->kind != VALUE_STRUCT)
		return calls_refuse(try, "argument 2 of %s is no message", try->calls->call->name);
	len = calls_iov_len(calls_member(message, "msg_iov"));
	return len < 0 ? calls_refuse(try, "msg_iov is no list of {..., LENGTH}") : len;
}

// Compares how much more waits with the control message that should say so (TCP_INQ of tcp(7)). A
// FIN counts as one byte, for the reader to go on.
static void calls_check_inq(struct calls_try *try, const struct calls_fd *fd)
{
	const struct script_value *control = calls_control(try), *data;
	const struct target *target = try->calls->target;
	int64_t expected, waits = 0;

	data = control ? calls_member(control, "cmsg_data") : NULL;
	if (!data || !calls_number(data, &expected)) {
		calls_differ(try, "the message has TCP_CM_INQ, which is not expected");
		return;
	}
	if (target->ops->ioctl(target->ctx, fd->live, FIONREAD, &waits) != 0)
		return;
	if (waits == 0 && (target->ops->poll(target->ctx, fd->live) & POLLRDHUP))
		waits = 1;
	if (waits != expected)
		calls_differ(try, "TCP_CM_INQ should be %lld, is %lld", (long long)expected,
		             (long long)waits);
}

// Whether the message should have TCP_CM_INQ and nothing else.
static bool calls_expects_inq(const struct script_value *control)
{
	const struct script_value *level = calls_member(control, "cmsg_level");
	const struct script_value *type = calls_member(control, "cmsg_type");
	int64_t number;

	return !control->next && level && calls_number(level, &number) && number == IPPROTO_TCP &&
	       type && calls_number(type, &number) && number == TCP_CM_INQ;
}

// A number that a message should have in its extended error (ip(7)), where the script names it.
static void calls_check_error(struct calls_try *try, const struct script_value *error,
                              const char *field, int64_t number)
{
	const struct script_value *value = calls_member(error, field);
	int64_t expected;

	if (!value || value->kind == VALUE_ANY)
		return;
	if (!calls_number(value, &expected))
		calls_refuse(try, "%s has no number that is known", field);
	else if (expected != number)
		calls_differ(try, "%s should be %lld, is %lld", field, (long long)expected,
		             (long long)number);
}

// recvmsg with MSG_ERRQUEUE: requests of MSG_ZEROCOPY that are done.
static int64_t calls_errqueue(struct calls_try *try)
{
	const struct script_value *control = calls_control(try), *error;
	const struct target *target = try->calls->target;
	const struct calls_fd *fd = calls_arg_fd(try);
	struct target_done done;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	if (target->ops->done(target->ctx, fd->live, true, &done) != 0)
		return -EAGAIN;
	error = control ? calls_member(control, "cmsg_data") : NULL;
	if (!error || error->kind != VALUE_STRUCT) {
		calls_differ(try, "requests %u to %u are done, which is not expected", done.first,
		             done.last);
		return 0;
	}
	calls_check_error(try, error, "ee_errno", 0);
	calls_check_error(try, error, "ee_origin", SO_EE_ORIGIN_ZEROCOPY);
	calls_check_error(try, error, "ee_type", 0);
	calls_check_error(try, error, "ee_code", done.copied ? SO_EE_CODE_ZEROCOPY_COPIED : 0);
	calls_check_error(try, error, "ee_info", done.first);
	calls_check_error(try, error, "ee_data", done.last);
	return 0;
}

int64_t calls_recvmsg(struct calls_try *try)
{
	int64_t len = calls_message_len(try), n;
	const struct script_value *control = try->refused ? NULL : calls_control(try);
	const struct calls_fd *fd = calls_arg_fd(try);
	char text[CALLS_TEXT_BYTES];

	if (try->refused)
		return -ENOSYS;
	if (calls_arg(try, 2) & MSG_ERRQUEUE)
		return calls_errqueue(try);
	if (control && !calls_expects_inq(control))
		return calls_refuse(try, "control messages but TCP_CM_INQ are not supported: %s",
		                    calls_text(control, text));
	n = calls_receive(try, len, (int)calls_arg(try, 2));
	if (n >= 0 && fd && fd->inq)
		calls_check_inq(try, fd);
	else if (n >= 0 && control)
		calls_differ(try, "the message should have TCP_CM_INQ, and has not");
	return n;
}

// One attempt to send what is left of len bytes. A socket that blocks goes on until all is
// taken; *to is NULL, or where a datagram goes.
static int64_t calls_send_left(struct calls_try *try, int64_t len, int flags,
                               const struct target_endpoint *to)
{
	struct calls *calls = try->calls;
	struct calls_fd *fd = calls_arg_fd(try);
	int64_t left = len - (int64_t)calls->done, n;
	uint8_t *bytes;

	if (try->refused)
		return -ENOSYS;
	if (!fd)
		return -EBADF;
	if (len < 0 || len > CALLS_LEN_MAX)
		return calls_refuse(try, "the length %lld is not supported", (long long)len);
	if (calls_is_null(try, len))
		return -EFAULT;
	bytes = malloc((size_t)left + 1);
	if (!bytes)
		return calls_refuse(try, "not enough memory");
	for (int64_t i = 0; i < left; i++)
		bytes[i] = packet_byte((fd->datagram ? 0 : fd->written) + (uint64_t)i);
	n = calls->target->ops->send(calls->target->ctx, fd->live, bytes, (size_t)left,
	                             flags & ~MSG_DONTWAIT, to);
	free(bytes);
	try->may_block = !fd->nonblock && !(flags & MSG_DONTWAIT);
	if (n > 0) {
		fd->written += (uint64_t)n;
		calls->done += (uint64_t)n;
	}
	if (n > 0 && n < left && try->may_block)
		return -EAGAIN;
	if (calls->done > 0 && (n >= 0 || n != -EAGAIN || !try->may_block))
		return (int64_t)calls->done;
	return n;
}

// What was sent in all attempts is one request of MSG_ZEROCOPY.
static int64_t calls_send(struct calls_try *try, int64_t len, int flags,
                          const struct target_endpoint *to)
{
	const struct target *target = try->calls->target;
	int64_t n = calls_send_left(try, len, flags, to);

	if (n > 0 && (flags & MSG_ZEROCOPY) &&
	    target->ops->hold(target->ctx, calls_arg_fd(try)->live) != 0)
		return calls_refuse(try, "too many requests of MSG_ZEROCOPY are outstanding");
	return n;
}

int64_t calls_write(struct calls_try *try)
{
	const struct script_conf *conf = try->calls->conf;
	struct target_endpoint to = {conf->remote, conf->connect_port};
	int flags = try->args > 3 ? (int)calls_arg(try, 3) : 0;
	bool has_to = false;

	// sendto on a connected socket has 0 or NULL there.
	if (try->args > 5 && (try->arg[4]->kind == VALUE_STRUCT || flags & MSG_FASTOPEN)) {
		if (!calls_arg_endpoint(try, 4, to, &to))
			return -ENOSYS;
		has_to = true;
	}
	if (try->args > 5 && try->arg[4]->kind == VALUE_ANY) {
		struct calls_fd *fd = calls_arg_fd(try);

		has_to = has_to || (fd && fd->datagram);
	}
	return calls_send(try, calls_arg(try, 2), flags, has_to ? &to : NULL);
}

int64_t calls_writev(struct calls_try *try)
{
	int64_t len = calls_iov_len(try->arg[1]);

	return len < 0 ? calls_refuse(try, "argument 2 is no list of {..., LENGTH}")
	               : calls_send(try, len, 0, NULL);
}

// A file for sendfile, as long as is asked for: no file of the machine is read.
int64_t calls_open(struct calls_try *try)
{
	if (try->arg[0]->kind != VALUE_STRING || calls_arg(try, 1) != O_RDONLY)
		return calls_refuse(try, "open is for reading a file that is named only");
	try->makes_fd = true;
	try->file = true;
	return 0;
}

int64_t calls_sendfile(struct calls_try *try)
{
	int64_t file = calls_arg(try, 1);

	if (file < 0 || file >= CALLS_FDS || !try->calls->fd[file].file)
		return -EBADF;
	return calls_send(try, calls_arg(try, 3), 0, NULL);
}

int64_t calls_sendmsg(struct calls_try *try)
{
	int64_t len = calls_message_len(try);

	if (!try->refused && calls_control(try))
		return calls_refuse(try, "control messages cannot be sent");
	return try->refused ? -ENOSYS : calls_send(try, len, (int)calls_arg(try, 2), NULL);
}
