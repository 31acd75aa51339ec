// control: transports of sessions; see the header. A client is not read from while
// its session has output, and is hung up on when it is gone.
#include "apps/boot/control.h"

#include "apps/boot/account.h"
#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	return addr;
}

// Whether a process listens at the socket file. One whose queue of connections is full
// does, too (EAGAIN); a connect that waits for it might wait for ever.
static bool is_served(const char *path)
{
	struct sockaddr_un addr = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool served = fd >= 0 &&
	              (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

// Removes a socket file that no process serves any more.
static int clear_path(const char *path, struct why *why)
{
	struct stat stat;

	if (lstat(path, &stat) != 0)
		return 0; // bind reports what else is wrong
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
	control->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->listener.fd < 0)
		return -errno;
	mask = umask(0177); // for the owner only, until its mode is set
	err = bind(control->listener.fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
	umask(mask);
	if (err)
		return err;
	snprintf(control->path, sizeof(control->path), "%s", path);
	if (chmod(path, control->conf.mode ? control->conf.mode : CONTROL_MODE) != 0)
		return -errno;
	return listen(control->listener.fd, CONTROL_CLIENTS_MAX) == 0 ? 0 : -errno;
}

static bool client_receive(struct control_client *client)
{
	char bytes[SESSION_REQUEST_BYTES];
	size_t room = session_room(&client->session);
	ssize_t n;

	if (room == 0)
		return true;
	n = read(client->watch.fd, bytes, room);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	session_input(&client->session, bytes, (size_t)n);
	return true;
}

// Sends the descriptors with the bytes, once.
static ssize_t client_send_fds(struct control_client *client, const char *bytes, size_t len)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))] = {0};
	struct iovec piece = {(void *)(uintptr_t)bytes, len};
	struct msghdr message = {.msg_iov = &piece,
	                         .msg_iovlen = 1,
	                         .msg_control = room,
	                         .msg_controllen = CMSG_SPACE(client->fds_len * sizeof(int))};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	ssize_t n;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(client->fds_len * sizeof(int));
	memcpy(CMSG_DATA(header), client->fds, client->fds_len * sizeof(int));
	n = sendmsg(client->watch.fd, &message, MSG_NOSIGNAL);
	if (n > 0)
		client->fds_len = 0;
	return n;
}

// A console is no socket.
static ssize_t client_write(struct control_client *client, const char *bytes, size_t len)
{
	ssize_t n;

	if (client->fds_len)
		return client_send_fds(client, bytes, len);
	n = send(client->watch.fd, bytes, len, MSG_NOSIGNAL);
	return n < 0 && errno == ENOTSOCK ? write(client->watch.fd, bytes, len) : n;
}

// Sends what the client takes; false when it is gone.
static bool client_send(struct control_client *client)
{
	const char *bytes;
	size_t len;

	while ((len = session_output(&client->session, &bytes)) > 0) {
		ssize_t n = client_write(client, bytes, len);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		session_sent(&client->session, (size_t)n);
	}
	return true;
}

static void spare_take(struct control *control)
{
	if (control->spare < 0 && control->listener.fd >= 0)
		control->spare = fcntl(control->listener.fd, F_DUPFD_CLOEXEC, 0);
}

static void spare_give(struct control *control)
{
	if (control->spare >= 0)
		close(control->spare);
	control->spare = -1;
}

static void hang_up(struct control_client *client)
{
	const struct control_conf *conf = &client->control->conf;

	if (conf->gone)
		conf->gone(conf->ctx, &client->peer);
	client->fds_len = 0;
	control_loop_del(client->control->conf.loop, &client->watch);
	close(client->watch.fd);
	session_fini(&client->session);
	client->watch.fd = -1;
	spare_take(client->control);
}

static void on_client(struct control_watch *watch, unsigned events, mono_t now)
{
	struct control_client *client = CONTAINER_OF(watch, struct control_client, watch);
	const char *bytes;

	client->heard = now;
	if (!client_receive(client) || !client_send(client) || session_is_over(&client->session)) {
		hang_up(client);
		return;
	}
	control_loop_change(client->control->conf.loop, watch,
	                    session_output(&client->session, &bytes) ? POLLOUT : POLLIN);
}

void control_peer_text(const struct control *control, const struct control_peer *peer, char *text,
                       size_t size)
{
	char name[64];

	if (peer->console) {
		snprintf(text, size, "the console");
		return;
	}
	account_user_name(control->users, peer->uid, name, sizeof(name));
	snprintf(text, size, "%s (uid %u, pid %d)", name, (unsigned)peer->uid, (int)peer->pid);
}

static struct control_peer peer_of(int fd)
{
	struct ucred cred = {.pid = 0};
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return (struct control_peer){.uid = (uid_t)-1};
	return (struct control_peer){.uid = cred.uid, .pid = cred.pid};
}

// A request of the client's session, whose output has all been sent: signs of life do
// not come into the midst of a reply.
static json_t *client_answer(void *ctx, json_t *request)
{
	struct control_client *client = ctx;
	struct control *control = client->control;
	json_t *reply;

	pulse_begin(&control->pulse, client->watch.fd);
	reply = control->conf.fn(control->conf.ctx, request, &client->peer);
	pulse_end(&control->pulse);
	return reply;
}

// Takes over the descriptor, which is closed when it cannot be watched.
static void client_open(struct control *control, struct control_client *client, int fd,
                        enum session_kind kind, mono_t now)
{
	client->watch = (struct control_watch){fd, on_client};
	client->control = control;
	client->heard = now;
	client->peer = peer_of(fd);
	client->peer.console = kind == SESSION_TERMINAL;
	client->peer.session = ++control->sessions;
	session_init(&client->session, kind, client_answer, client);
	if (control_loop_add(control->conf.loop, &client->watch, POLLIN)) {
		close(fd);
		client->watch.fd = -1;
	}
}

// A free place, or that of the client silent longest.
static struct control_client *place_find(struct control *control)
{
	struct control_client *silent = &control->client[0];

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX && silent->watch.fd >= 0; i++) {
		struct control_client *client = &control->client[i];

		if (client->watch.fd < 0 || client->heard.us < silent->heard.us)
			silent = client;
	}
	return silent;
}

void control_add(struct control *control, int fd, mono_t now)
{
	struct control_client *place = place_find(control);

	if (place->watch.fd >= 0)
		hang_up(place);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	client_open(control, place, fd, SESSION_TOOL, now);
}

void control_add_console(struct control *control, int fd, mono_t now)
{
	client_open(control, &control->client[CONTROL_CONSOLE], fd, SESSION_TERMINAL, now);
}

static int client_accept(const struct control *control)
{
	return accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

// The client silent longest of those that are connected, or NULL.
static struct control_client *silent_find(struct control *control)
{
	struct control_client *silent = NULL;

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->client[i];

		if (client->watch.fd >= 0 && (!silent || client->heard.us < silent->heard.us))
			silent = client;
	}
	return silent;
}

// Accepts a client although descriptors have run out: one that waited would keep the control loop
// awake, and could not ask why.
static int client_accept_scarce(struct control *control)
{
	struct control_client *silent;

	if (!control->complained)
		log_warning("control.socket: descriptors have run out; raise the limit of open "
		            "files (ulimit -n, LimitNOFILE= of a unit)");
	control->complained = true;
	if (control->spare < 0) {
		silent = silent_find(control);
		if (silent)
			hang_up(silent);
	}
	spare_give(control);
	return client_accept(control);
}

static void on_listener(struct control_watch *watch, unsigned events, mono_t now)
{
	struct control *control = CONTAINER_OF(watch, struct control, listener);
	int fd = client_accept(control);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		fd = client_accept_scarce(control);
	if (fd >= 0)
		control_add(control, fd, now);
}

void control_send_fds(const struct control_peer *peer, const int *fds, unsigned len)
{
	struct control_client *client =
	        CONTAINER_OF((struct control_peer *)(uintptr_t)peer, struct control_client, peer);

	assert(len <= CONTROL_FDS_MAX);
	client->fds = fds;
	client->fds_len = len;
}

void control_pause(struct control *control)
{
	if (control->listening)
		control_loop_del(control->conf.loop, &control->listener);
	control->listening = false;
}

int control_resume(struct control *control)
{
	int err;

	if (control->listening || control->listener.fd < 0)
		return 0;
	err = control_loop_add(control->conf.loop, &control->listener, POLLIN);
	control->listening = !err;
	return err;
}

void control_share(struct control *control, bool shared)
{
	control->shared = shared;
}

// Takes over the socket that another process made.
static int take_listener(struct control *control, const char *path)
{
	control->listener.fd = fcntl(control->conf.listener, F_DUPFD_CLOEXEC, 0);
	if (control->listener.fd < 0)
		return -errno;
	control->shared = true;
	snprintf(control->path, sizeof(control->path), "%s", path);
	return 0;
}

int control_open(struct control *control, const struct control_conf *conf, struct why *why)
{
	const char *path = conf->path;
	int err;

	*control = (struct control){.conf = *conf, .listener = {-1, on_listener}, .spare = -1};
	for (unsigned i = 0; i <= CONTROL_CONSOLE; i++)
		control->client[i].watch.fd = -1;
	control->users = account_users();
	pulse_init(&control->pulse, conf->sign_us ? conf->sign_us : CONTROL_SIGN_US);
	if (*path == '\0')
		return 0;
	if (strlen(path) >= CONTROL_PATH_BYTES)
		return why_fail(why, -ENAMETOOLONG, "control.socket: %s is longer than %d bytes",
		                path, CONTROL_PATH_BYTES - 1);
	err = conf->listener ? 0 : clear_path(path, why);
	if (err)
		return err;
	err = conf->listener ? take_listener(control, path) : bind_path(control, path);
	if (!err)
		err = control_resume(control);
	spare_take(control);
	if (err) {
		why_set(why, "control.socket: %s cannot be made: %s", path, strerror(-err));
		control_close(control);
	}
	return err;
}

int control_give(const struct control *control, const char *owner, const char *group,
                 struct why *why)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	int err;

	if (*control->path == '\0')
		return 0;
	if (*owner && !account_find_user(owner, &uid))
		return why_fail(why, -ESRCH, "control.owner: there is no user %s", owner);
	if (*group && !account_find_group(group, &gid))
		return why_fail(why, -ESRCH, "control.group: there is no group %s", group);
	if (chown(control->path, uid, gid) == 0)
		return 0;
	err = -errno;
	return why_fail(
	        why, err,
	        "control.socket: %s cannot be given to %s%s%s: %s; that needs CAP_CHOWN, or "
	        "a group of the user",
	        control->path, owner, *owner && *group ? " and " : "", group, strerror(-err));
}

void control_close(struct control *control)
{
	char folder[CONTROL_PATH_BYTES];

	if (!control->conf.loop)
		return;
	for (unsigned i = 0; i <= CONTROL_CONSOLE; i++)
		if (control->client[i].watch.fd >= 0)
			hang_up(&control->client[i]);
	pulse_fini(&control->pulse);
	if (control->users)
		fclose(control->users);
	control->users = NULL;
	if (control->listening)
		control_loop_del(control->conf.loop, &control->listener);
	spare_give(control);
	if (control->listener.fd >= 0)
		close(control->listener.fd);
	if (*control->path && !control->shared)
		unlink(control->path);
	if (control->made_folder && !control->shared && folder_of(control->path, folder))
		rmdir(folder); // fails, as it should, when other files are in it
	control->listener.fd = -1;
	control->path[0] = '\0';
	control->listening = control->made_folder = control->shared = false;
	control->conf.loop = NULL;
}
