// peer: see the header.
#include "apps/ctl/peer.h"

#include "core/host/clock.h"
#include "core/host/seed.h"
#include "core/host/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 4096

static int fail(const struct peer *peer, int err, const char *sentence, struct why *why)
{
	why_set(why, "%s%s", peer->name, sentence);
	return err;
}

// A connect waits as long as a send does: for a stopped process, whose queue of
// connections is full, it would wait for ever (-EAGAIN).
static int open_socket(struct peer *peer, const char *path)
{
	struct timeval wait = {peer->wait_ms / 1000, peer->wait_ms % 1000 * 1000};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->fd < 0)
		return -errno;
	setsockopt(peer->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return connect(peer->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
}

static int open_console(struct peer *peer, const char *path)
{
	struct termios raw;

	peer->fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (peer->fd < 0)
		return -errno;
	if (tcgetattr(peer->fd, &peer->before))
		return -errno;
	peer->console = true;
	raw = peer->before;
	cfmakeraw(&raw);
	return tcsetattr(peer->fd, TCSANOW, &raw) == 0 ? 0 : -errno;
}

// Why the peer is given up after silence.
static void fail_silent(const struct peer *peer, struct why *why)
{
	why_set(why,
	        "%s gave no sign of life for %d s: is it stopped, or busy with another client's "
	        "reload? --timeout SECONDS waits longer",
	        peer->name, (peer->wait_ms + 999) / 1000);
}

int peer_open(struct peer *peer, const char *path, int wait_ms, struct why *why)
{
	struct stat stat_of;
	bool there = stat(path, &stat_of) == 0;
	bool device = there && S_ISCHR(stat_of.st_mode);
	int err;

	*peer = (struct peer){.fd = -1, .name = path, .wait_ms = wait_ms};
	if (wait_ms == 0)
		peer->wait_ms = device ? PEER_CONSOLE_MS : PEER_SOCKET_MS;
	err = device ? open_console(peer, path) : open_socket(peer, path);
	if (err == 0)
		return 0;
	if (err == -EAGAIN && !device)
		fail_silent(peer, why);
	else if (there && !device && !S_ISSOCK(stat_of.st_mode))
		why_set(why, "%s is neither a socket nor a console", path);
	else
		why_set(why, "%s: %s%s", path, strerror(-err),
		        device           ? ": is it the console of a guest?"
		        : err == -EACCES ? ": run wadi-ctl as root, or see control.group in the "
		                           "appliance's configuration"
		                         : ": is the appliance running?");
	peer_close(peer);
	return err;
}

void peer_close(struct peer *peer)
{
	if (peer->console)
		tcsetattr(peer->fd, TCSANOW, &peer->before);
	if (peer->fd >= 0)
		close(peer->fd);
	free(peer->text);
	*peer = (struct peer){.fd = -1};
}

static int wait_for(const struct peer *peer, short what)
{
	struct pollfd fds[2] = {{.fd = peer->fd, .events = what},
	                        {.fd = peer->wake ? peer->wake : -1, .events = POLLIN}};
	int n = poll(fds, 2, peer->wait_ms);

	if (n > 0)
		return fds[0].revents ? 0 : -EINTR;
	return n == 0 ? -ETIMEDOUT : -errno;
}

static int send_text(const struct peer *peer, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(peer->fd, text, len);
		int err = 0;

		if (n < 0 && errno == EAGAIN)
			err = peer->console ? wait_for(peer, POLLOUT) : -ETIMEDOUT;
		else if (n < 0 && errno != EINTR)
			err = -errno;
		if (err)
			return err;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

// Reads what is there into the text, which stays closed by a zero.
static int read_more(struct peer *peer)
{
	ssize_t n;
	int err;

	if (peer->size - peer->len <= CHUNK) {
		char *more = realloc(peer->text, peer->size * 2 + 2 * CHUNK);

		if (!more)
			return -ENOMEM;
		peer->text = more;
		peer->size = peer->size * 2 + 2 * CHUNK;
	}
	err = wait_for(peer, POLLIN);
	if (err)
		return err;
	n = read(peer->fd, peer->text + peer->len, CHUNK);
	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	peer->len += (size_t)n;
	peer->text[peer->len] = '\0';
	if (strspn(peer->text + peer->len - n, " ") == (size_t)n)
		peer->alive = clock_kernel();
	return 0;
}

// Takes the first line into *line, to be freed, without its end and, of a console,
// without what precedes the last mark in it.
static int take_line(struct peer *peer, char **line)
{
	char *end, *begin;
	size_t looked = 0;
	int err;

	for (;;) {
		end = peer->len > looked ? memchr(peer->text + looked, '\n', peer->len - looked)
		                         : NULL;
		if (end)
			break;
		looked = peer->len;
		if (looked > PEER_REPLY_BYTES_MAX)
			return -EMSGSIZE;
		err = read_more(peer);
		if (err)
			return err;
	}
	begin = peer->console ? memrchr(peer->text, SESSION_REPLY_MARK, (size_t)(end - peer->text))
	                      : peer->text;
	begin = begin ? begin + peer->console : end;
	*line = strndup(begin, (size_t)(end - begin));
	peer->len -= (size_t)(end + 1 - peer->text);
	memmove(peer->text, end + 1, peer->len + 1);
	return *line ? 0 : -ENOMEM;
}

// What a line of a console is to the one who asked with this id.
enum line_kind {
	LINE_NOISE,
	LINE_DAMAGED, // a reply, but no JSON: something else was written into it
	LINE_REPLY,
};

static enum line_kind look_at(const char *line, const char *id, json_t **reply)
{
	const char *theirs;

	if (*line == '\0')
		return LINE_NOISE;
	*reply = json_loads(line, 0, NULL);
	if (!*reply)
		return LINE_DAMAGED;
	theirs = json_string_value(json_object_get(*reply, "id"));
	if (theirs && strcmp(theirs, id) == 0) {
		json_object_del(*reply, "id");
		return LINE_REPLY;
	}
	json_decref(*reply);
	*reply = NULL;
	return LINE_NOISE;
}

static int hear_console(struct peer *peer, const char *id, json_t **reply)
{
	const uint64_t wait_us = (uint64_t)peer->wait_ms * MS_US;
	enum line_kind kind = LINE_NOISE;
	char *line;

	peer->alive = clock_kernel();
	while (kind == LINE_NOISE) {
		int err = take_line(peer, &line);

		if (err)
			return err;
		kind = look_at(line, id, reply);
		free(line);
		if (kind == LINE_NOISE && mono_due(mono_add(peer->alive, wait_us), clock_kernel()))
			return -ETIMEDOUT;
	}
	return kind == LINE_REPLY ? 0 : -EBADMSG;
}

// An empty line first ends a line that may have been left half typed.
static int ask_console(struct peer *peer, json_t *request, json_t **reply)
{
	char id[20], *json, *text;
	int err, len;

	snprintf(id, sizeof(id), "%016jx", (uintmax_t)seed_os());
	json_object_set_new(request, "id", json_string(id));
	json = json_dumps(request, JSON_COMPACT);
	len = json ? asprintf(&text, "\n%s\n", json) : -1;
	free(json);
	if (len < 0)
		return -ENOMEM;
	err = send_text(peer, text, (size_t)len);
	free(text);
	return err ? err : hear_console(peer, id, reply);
}

static int ask_socket(struct peer *peer, json_t *request, json_t **reply)
{
	char *json = json_dumps(request, JSON_COMPACT), *line;
	size_t len = json ? strlen(json) : 0;
	int err;

	if (!json)
		return -ENOMEM;
	json[len] = '\n'; // the final zero is not sent
	err = send_text(peer, json, len + 1);
	free(json);
	if (!err)
		err = take_line(peer, &line);
	if (err)
		return err;
	*reply = json_loads(line, 0, NULL);
	free(line);
	return json_is_object(*reply) ? 0 : -EBADMSG;
}

json_t *peer_ask(struct peer *peer, json_t *request, struct why *why)
{
	json_t *reply = NULL;
	int err = -EBADMSG;

	for (unsigned i = 0; peer->console && err == -EBADMSG && i < PEER_TRIES; i++)
		err = ask_console(peer, request, &reply);
	if (!peer->console)
		err = ask_socket(peer, request, &reply);
	if (err == 0)
		return reply;
	json_decref(reply);
	if (err == -EBADMSG && peer->console)
		fail(peer, err, "'s replies are damaged: does another process read this console?",
		     why);
	else if (err == -EBADMSG)
		fail(peer, err, " does not speak wadi's control protocol", why);
	else if (err == -EMSGSIZE)
		fail(peer, err, "'s reply is too long", why);
	else if (err == -ETIMEDOUT && !peer->console)
		fail_silent(peer, why);
	else if (peer->console)
		fail(peer, err,
		     " gave no reply: is the guest a wadi appliance, and does no other process, "
		     "such as xl console, read its console?",
		     why);
	else
		fail(peer, err, " gave no reply", why);
	return NULL;
}
