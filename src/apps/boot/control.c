// control: clients of the control socket. A client sends a line, gets a line,
// and is not read from until it has taken that; so a client costs a bounded
// amount of memory, whatever it sends.
#include "apps/boot/control.h"

#include "core/host/json_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DELETE '\x7f'

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	return addr;
}

// Whether a process answers at the socket file.
static bool is_served(const char *path)
{
	struct sockaddr_un addr = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool served = fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;

	if (fd >= 0)
		close(fd);
	return served;
}

// Removes a socket file that nobody serves any more.
static int clear_path(const char *path, struct why *why)
{
	struct stat stat;

	if (lstat(path, &stat) != 0)
		return 0; // bind tells what else is wrong
	if (!S_ISSOCK(stat.st_mode))
		return why_fail(why, -EEXIST,
		                "control.socket: %s is there and is no socket: remove it or choose "
		                "another path",
		                path);
	if (is_served(path))
		return why_fail(
		        why, -EADDRINUSE,
		        "control.socket: a running process serves %s: stop it or choose another "
		        "path",
		        path);
	unlink(path);
	return 0;
}

// The folder of path into folder; false when path has none.
static bool folder_of(const char *path, char folder[CONTROL_PATH_BYTES])
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	snprintf(folder, CONTROL_PATH_BYTES, "%.*s", (int)(slash - path), path);
	return true;
}

static int bind_path(struct control *control, const char *path)
{
	struct sockaddr_un addr = address_of(path);
	char folder[CONTROL_PATH_BYTES];
	mode_t mask;
	int err;

	if (folder_of(path, folder))
		control->made_folder = mkdir(folder, 0755) == 0;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		return -errno;
	mask = umask(0117); // for the owner and its group only
	err = bind(control->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
	umask(mask);
	if (err)
		return err;
	snprintf(control->path, sizeof(control->path), "%s", path);
	return listen(control->fd, CONTROL_CLIENTS_MAX) == 0 ? 0 : -errno;
}

int control_open(struct control *control, const char *path, control_fn *fn, void *ctx,
                 struct why *why)
{
	int err;

	*control = (struct control){.fd = -1, .fn = fn, .ctx = ctx};
	for (unsigned i = 0; i <= CONTROL_CONSOLE; i++)
		control->client[i].fd = -1;
	if (*path == '\0')
		return 0;
	if (strlen(path) >= CONTROL_PATH_BYTES)
		return why_fail(why, -ENAMETOOLONG, "control.socket: %s is longer than %d bytes",
		                path, CONTROL_PATH_BYTES - 1);
	err = clear_path(path, why);
	if (err)
		return err;
	err = bind_path(control, path);
	if (err) {
		why_set(why, "control.socket: %s cannot be made: %s", path, strerror(-err));
		control_close(control);
	}
	return err;
}

static void hang_up(struct control_client *client)
{
	close(client->fd);
	free(client->reply);
	*client = (struct control_client){.fd = -1};
}

void control_close(struct control *control)
{
	char folder[CONTROL_PATH_BYTES];

	for (unsigned i = 0; i <= CONTROL_CONSOLE; i++)
		if (control->client[i].fd >= 0)
			hang_up(&control->client[i]);
	if (control->fd >= 0)
		close(control->fd);
	if (*control->path)
		unlink(control->path);
	if (control->made_folder && folder_of(control->path, folder))
		rmdir(folder); // stays when somebody else put something there
	control->fd = -1;
	control->path[0] = '\0';
	control->made_folder = false;
}

void control_add(struct control *control, int fd, mono_t now)
{
	struct control_client *silent = &control->client[0];

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX && silent->fd >= 0; i++) {
		struct control_client *client = &control->client[i];

		if (client->fd < 0 || client->heard.us < silent->heard.us)
			silent = client;
	}
	if (silent->fd >= 0) // all places are taken: the one silent longest goes
		hang_up(silent);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	*silent = (struct control_client){.fd = fd, .heard = now};
}

void control_add_console(struct control *control, int fd, mono_t now)
{
	control->client[CONTROL_CONSOLE] = (struct control_client){.fd = fd, .heard = now};
}

static bool is_console(const struct control *control, const struct control_client *client)
{
	return client == &control->client[CONTROL_CONSOLE];
}

unsigned control_poll(const struct control *control, struct pollfd fds[CONTROL_FDS_MAX])
{
	unsigned n = 0;

	if (control->fd >= 0)
		fds[n++] = (struct pollfd){.fd = control->fd, .events = POLLIN};
	for (unsigned i = 0; i <= CONTROL_CONSOLE; i++) {
		const struct control_client *client = &control->client[i];

		if (client->fd >= 0)
			fds[n++] = (struct pollfd){.fd = client->fd,
			                           .events = client->reply ? POLLOUT : POLLIN};
	}
	return n;
}

static json_t *refuse(const char *sentence)
{
	return json_pack("{s:s}", "error", sentence);
}

// A tool that shares its line with others knows its reply by the id it chose.
static json_t *answer(struct control *control, json_t *request)
{
	json_t *id = json_object_get(request, "id"), *reply;

	if (json_is_string(json_object_get(request, "command")))
		reply = control->fn(control->ctx, request);
	else
		reply = refuse("a request is one line such as {\"command\":\"status\"}");
	if (id)
		json_object_set(reply, "id", id);
	return reply;
}

// Sends what the client takes; false when it is gone. A console is no socket.
static bool send_reply(struct control_client *client)
{
	const char *from = client->reply + client->reply_at;
	size_t len = client->reply_len - client->reply_at;
	ssize_t n = send(client->fd, from, len, MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(client->fd, from, len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->reply_at += (size_t)n;
	if (client->reply_at == client->reply_len) {
		free(client->reply);
		client->reply = NULL;
	}
	return true;
}

// Makes the text, consumed, the one to be sent; false when memory was short.
static bool take_text(struct control_client *client, char *text, size_t len)
{
	client->reply = text;
	client->reply_at = 0;
	client->reply_len = len;
	return text && send_reply(client);
}

// The reply, consumed, as one line, marked when it shares its way with others.
static bool take_reply(struct control_client *client, json_t *reply, bool marked)
{
	char *text = NULL, *json = json_dumps(reply, JSON_COMPACT);
	size_t len = 0;
	FILE *out = json ? open_memstream(&text, &len) : NULL;

	json_decref(reply);
	if (out) {
		if (marked)
			fputc(CONTROL_REPLY_MARK, out);
		fprintf(out, "%s\n", json);
		fclose(out);
	}
	free(json);
	return take_text(client, text, len);
}

// "log-level debug" as the request that a tool would make of it.
static json_t *typed_request(char *line)
{
	char *save, *command = strtok_r(line, " \t", &save), *word;
	json_t *words = json_array();
	bool all = false, text = true;
	json_t *request;

	while ((word = strtok_r(NULL, " \t", &save)) != NULL) {
		if (strcmp(word, "--all") == 0)
			all = true;
		else
			text &= json_array_append_new(words, json_string(word)) == 0;
	}
	request = text ? json_pack("{s:s}", "command", command ? command : "") : NULL;
	if (all)
		json_object_set_new(request, "all", json_true());
	if (json_array_size(words))
		json_object_set(request, "words", words);
	json_decref(words);
	return request;
}

// What a person typed, a command and its words, answered for a person.
static bool answer_words(struct control *control, struct control_client *client, char *words)
{
	json_t *request = typed_request(words);
	json_t *reply = answer(control, request);
	const char *error = json_string_value(json_object_get(reply, "error"));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out && error)
		fprintf(out, "%s\n", error);
	if (!json_is_true(json_object_get(request, "all")))
		json_table_hide_zeros(reply);
	if (out && !error)
		json_table_print(reply, out);
	if (out)
		fclose(out);
	json_decref(request);
	json_decref(reply);
	return take_text(client, text, len);
}

static bool answer_line(struct control *control, struct control_client *client, char *line)
{
	json_t *request;
	bool taken, console = is_console(control, client);

	if (console && *line != '{')
		return line[strspn(line, " \t")] == '\0' || answer_words(control, client, line);
	request = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	taken = take_reply(client, answer(control, request), console);
	json_decref(request);
	return taken;
}

// Answers whole lines until a reply has to wait; false when the client is to go.
static bool answer_lines(struct control *control, struct control_client *client)
{
	while (!client->reply) {
		char *end = memchr(client->request, '\n', client->request_len);
		char line[CONTROL_REQUEST_BYTES];
		size_t len;

		if (!end && client->request_len == sizeof(client->request)) {
			client->request_len = 0;
			return take_reply(client, refuse("the request is too long"),
			                  is_console(control, client)) &&
			       is_console(control, client);
		}
		if (!end)
			return true;
		len = (size_t)(end - client->request);
		memcpy(line, client->request, len);
		line[len] = '\0';
		client->request_len -= len + 1;
		memmove(client->request, end + 1, client->request_len);
		if (!answer_line(control, client, line))
			return false;
	}
	return true;
}

// On a console a person sees what they type, ends lines with a return, and takes
// letters back.
static void take_typed(struct control_client *client, size_t from)
{
	const char *newline = memrchr(client->request, '\n', from);
	size_t to = from, line = newline ? (size_t)(newline - client->request) + 1 : 0;
	char seen[3 * CONTROL_REQUEST_BYTES + 1];
	size_t seen_len = 0;

	for (size_t i = from; i < client->request_len; i++) {
		char c = client->request[i] == '\r' ? '\n' : client->request[i];

		if ((c == '\b' || c == DELETE) && to > line) {
			to--;
			seen_len += (size_t)sprintf(seen + seen_len, "\b \b");
			continue;
		}
		if (c != '\n' && ((unsigned char)c < ' ' || c == DELETE))
			continue;
		client->request[to++] = c;
		if (client->request[line] != '{') // no tool wants to see its own request
			seen[seen_len++] = c;
		line = c == '\n' ? to : line;
	}
	client->request_len = to;
	(void)!write(client->fd, seen, seen_len);
}

static bool read_request(const struct control *control, struct control_client *client)
{
	size_t from = client->request_len;
	ssize_t n = read(client->fd, client->request + from, sizeof(client->request) - from);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	client->request_len += (size_t)n;
	if (is_console(control, client))
		take_typed(client, from);
	return true;
}

static void serve_client(struct control *control, struct control_client *client, mono_t now)
{
	bool stays = client->reply ? send_reply(client) : read_request(control, client);

	client->heard = now;
	if (!stays || !answer_lines(control, client))
		hang_up(client);
}

static void serve_new(struct control *control, mono_t now)
{
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		control_add(control, fd, now);
}

void control_serve(struct control *control, const struct pollfd *fds, unsigned len, mono_t now)
{
	// New clients come last: one may take the place, and the descriptor, of
	// another that is in fds.
	for (unsigned i = 0; i < len; i++)
		for (unsigned k = 0; k <= CONTROL_CONSOLE && fds[i].revents; k++)
			if (control->client[k].fd == fds[i].fd)
				serve_client(control, &control->client[k], now);
	for (unsigned i = 0; i < len; i++)
		if (fds[i].fd == control->fd && fds[i].revents)
			serve_new(control, now);
}
