// control: sessions over socket pairs, with clients that do not read, vanish or are
// too many, and the socket file's life. What a session says is host/session's.
#include "harness.h"

#include "apps/boot/control.h"
#include "core/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct control_loop loop;
static struct control control;
static mono_t now;
static unsigned calls;
static size_t reply_len;
static int far_end; // of the client whose request "slow" waits for a sign of life
static char who[128];
static struct why why;
static int given[2];          // descriptors that "give" sends
static unsigned gone;         // clients that were hung up on
static bool asked_with_given; // the last of them had asked "give"
static const struct control_peer *given_to;

// Replies with the command's name, or with many bytes.
static json_t *reply(void *ctx, json_t *request, const struct control_peer *peer)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	char *text;
	json_t *big;

	assert_ptr_equal(ctx, &control);
	control_peer_text(&control, peer, who, sizeof(who));
	calls++;
	if (strcmp(command, "slow") == 0)
		assert_int_equal(poll(&(struct pollfd){far_end, POLLIN, 0}, 1, 60000), 1);
	if (strcmp(command, "give") == 0) {
		given_to = peer;
		control_send_fds(peer, given, ARRAY_LEN(given));
	}
	if (strcmp(command, "refuse") == 0)
		return json_pack("{s:s}", "error", "not that");
	if (strcmp(command, "big") != 0)
		return json_pack("{s:s, s:O*}", "did", command, "words",
		                 json_object_get(request, "words"));
	text = calloc(1, reply_len + 1);
	memset(text, 'b', reply_len);
	big = json_pack("{s:s}", "did", text);
	free(text);
	return big;
}

static void on_gone(void *ctx, const struct control_peer *peer)
{
	gone++;
	asked_with_given = peer == given_to;
}

static int open_at(struct control *at, const char *path)
{
	const struct control_conf conf = {
	        .loop = &loop, .path = path, .fn = reply, .ctx = &control, .gone = on_gone};

	if (at == &control)
		control_close(at);
	return control_open(at, &conf, &why);
}

static int setup(void **state)
{
	calls = 0;
	now = clock_kernel();
	return control_loop_init(&loop) || open_at(&control, "");
}

static int teardown(void **state)
{
	control_close(&control);
	control_loop_fini(&loop);
	return 0;
}

// Serves until nothing is left to do.
static void serve(void)
{
	while (control_loop_turn(&loop, 0))
		;
}

static int client(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	now = clock_kernel();
	control_add(&control, ends[0], now);
	return ends[1];
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	serve();
}

// What has come; "closed" at the stream's end.
static const char *heard(int fd)
{
	static char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return "closed";
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void test_a_line_is_answered_by_a_line(void **state)
{
	int fd = client();

	say(fd, "{\"command\":\"status\"}\n");
	assert_string_equal(heard(fd), "{\"did\":\"status\"}\n");
	say(fd, "{\"command\":\"a\"}\n{\"command\":\"b\"}\n{\"comm");
	assert_string_equal(heard(fd), "{\"did\":\"a\"}\n{\"did\":\"b\"}\n");
	say(fd, "and\":\"c\"}\n");
	assert_string_equal(heard(fd), "{\"did\":\"c\"}\n");
	close(fd);
	serve();
}

static void test_a_client_that_does_not_read_is_not_read_from(void **state)
{
	size_t got = 0;
	int slow = client(), other = client();

	reply_len = (size_t)1 << 20;
	say(slow, "{\"command\":\"big\"}\n{\"command\":\"after\"}\n");
	assert_int_equal(calls, 1);
	say(other, "{\"command\":\"a\"}\n");
	assert_string_equal(heard(other), "{\"did\":\"a\"}\n");
	assert_int_equal(calls, 2);
	for (;;) {
		const char *text = heard(slow);

		if (*text == '\0')
			break;
		got += strlen(text);
		serve();
	}
	assert_int_equal(calls, 3);
	assert_int_equal(got,
	                 strlen("{\"did\":\"\"}\n") + reply_len + strlen("{\"did\":\"after\"}\n"));
	close(slow);
	close(other);
}

static void test_the_client_silent_longest_gives_way(void **state)
{
	int fds[CONTROL_CLIENTS_MAX + 1];

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fds[i] = client();
	say(fds[0], "{\"command\":\"a\"}\n"); // now the second is
	fds[CONTROL_CLIENTS_MAX] = client();
	assert_string_equal(heard(fds[1]), "closed");
	assert_string_equal(heard(fds[0]), "{\"did\":\"a\"}\n");
	say(fds[CONTROL_CLIENTS_MAX], "{\"command\":\"b\"}\n");
	assert_string_equal(heard(fds[CONTROL_CLIENTS_MAX]), "{\"did\":\"b\"}\n");
	for (int i = 0; i <= CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	serve();
}

static void test_a_client_may_vanish_at_any_time(void **state)
{
	int fd = client();

	reply_len = (size_t)1 << 20;
	say(fd, "{\"command\":\"big\"}\n");
	close(fd);
	serve();
	fd = client();
	assert_int_equal(write(fd, "{\"comm", 6), 6);
	close(fd);
	serve();
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		assert_int_equal(control.client[i].watch.fd, -1);
}

static int console(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	control_add_console(&control, ends[0], now);
	return ends[1];
}

static void test_a_line_without_end_ends_the_client(void **state)
{
	char line[SESSION_REQUEST_BYTES + 1];
	int fd = client();

	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	say(fd, line);
	assert_string_equal(heard(fd), "{\"error\":\"the request is too long\"}\n");
	assert_string_equal(heard(fd), "closed");
	close(fd);
}

// A console that takes nothing for a while gets all of it later.
static void test_a_console_that_does_not_read_is_not_read_from(void **state)
{
	size_t got = 0, n;
	int fd = console();

	reply_len = (size_t)1 << 20;
	say(fd, "{\"command\":\"big\"}\r");
	say(fd, "a\r");
	assert_int_equal(calls, 1);
	while ((n = strlen(heard(fd))) > 0) {
		got += n;
		serve();
	}
	assert_int_equal(calls, 2);
	assert_int_equal(got, strlen("\x1e{\"did\":\"\"}\na\ndid  a\n") + reply_len);
	close(fd);
	serve();
}

static void test_a_console_does_not_give_way_to_clients(void **state)
{
	int fds[CONTROL_CLIENTS_MAX + 2], fd = console();

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = client();
	say(fd, "a\r");
	assert_string_equal(heard(fd), "a\ndid  a\n");
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	close(fd);
	serve();
}

// Long work shows that it goes on, and only while it does.
static void test_a_long_command_gives_signs_of_life(void **state)
{
	const char *text;
	int fd = far_end = client();

	control.pulse.period_us = 1000;
	say(fd, "{\"command\":\"slow\"}\n");
	text = heard(fd);
	assert_int_equal(*text, ' ');
	assert_string_equal(text + strspn(text, " "), "{\"did\":\"slow\"}\n");
	close(fd);
	far_end = fd = console();
	say(fd, "{\"command\":\"slow\"}\n");
	text = heard(fd);
	assert_string_equal(text + strspn(text, " "), "\x1e{\"did\":\"slow\"}\n");
	close(fd);
	serve();
}

static void test_the_client_has_a_name(void **state)
{
	char expected[128];
	int fd = client();

	snprintf(expected, sizeof(expected), " (uid %u, pid %d)", getuid(), getpid());
	say(fd, "{\"command\":\"a\"}\n");
	assert_non_null(strstr(who, expected));
	assert_string_equal(heard(fd), "{\"did\":\"a\"}\n");
	close(fd);
	fd = console();
	say(fd, "a\r");
	assert_string_equal(who, "the console");
	close(fd);
	serve();
}

static int dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

// Uses up all descriptors but `left`; returns the highest one in use.
static void scarce(int *hoard, unsigned size, unsigned left, struct rlimit *before)
{
	struct rlimit limit;
	unsigned n = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	limit = *before;
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (n < size && (hoard[n] = dup(0)) >= 0)
		n++;
	assert_int_equal(errno, EMFILE);
	hoard[n] = -1;
	while (left-- > 0)
		close(hoard[--n]), hoard[n] = -1;
}

static void plenty(const int *hoard, const struct rlimit *before)
{
	for (; *hoard >= 0; hoard++)
		close(*hoard);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

// When descriptors have run out, clients still get a session each, one after the other, and the
// control loop sleeps between them.
static void test_descriptors_that_run_out(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64];
	struct rlimit before;
	int hoard[65], idle, fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	assert_int_equal(open_at(&control, path), 0);
	scarce(hoard, ARRAY_LEN(hoard), 3, &before); // one for each end of the first, and one
	idle = dial(path);
	serve();
	say(idle, "{\"command\":\"a\"}\n");
	assert_string_equal(heard(idle), "{\"did\":\"a\"}\n");
	// The last descriptor is the client's own: the server takes its spare one.
	fd = dial(path);
	assert_true(fd >= 0);
	serve();
	say(fd, "{\"command\":\"b\"}\n");
	assert_string_equal(heard(fd), "{\"did\":\"b\"}\n");
	close(fd);
	serve();
	// And the next one, too.
	fd = dial(path);
	assert_true(fd >= 0);
	serve();
	say(fd, "{\"command\":\"c\"}\n");
	assert_string_equal(heard(fd), "{\"did\":\"c\"}\n");
	assert_false(control_loop_turn(&loop, 0));
	close(fd);
	close(idle);
	serve();
	plenty(hoard, &before);
	control_close(&control);
	assert_int_equal(rmdir(folder), 0);
}

static void test_the_socket_file(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64], inner[80], expected[256];
	struct control second;
	struct stat stat;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(inner, sizeof(inner), "%s/made", folder);
	snprintf(path, sizeof(path), "%s/made/sock", folder);
	assert_int_equal(open_at(&control, path), 0);
	assert_int_equal(lstat(path, &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 0660);
	fd = dial(path);
	serve();
	say(fd, "{\"command\":\"a\"}\n");
	assert_string_equal(heard(fd), "{\"did\":\"a\"}\n");
	close(fd);
	// Another process may not take it away.
	assert_int_equal(open_at(&second, path), -EADDRINUSE);
	snprintf(expected, sizeof(expected),
	         "control.socket: a running process serves %s: stop it or choose another path",
	         path);
	assert_string_equal(why.text, expected);
	control_close(&second);
	assert_int_equal(lstat(path, &stat), 0);
	control_close(&control);
	assert_int_equal(lstat(inner, &stat), -1);
	assert_int_equal(rmdir(folder), 0);
}

static void test_a_file_that_a_dead_process_left_is_replaced(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_int_equal(open_at(&control, path), 0);
	fd = dial(path);
	assert_true(fd >= 0);
	close(fd);
	control_close(&control);
	assert_int_equal(rmdir(folder), 0);
}

static void test_what_is_no_socket_stays(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[200], expected[320];
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(open_at(&control, path), -EEXIST);
	snprintf(expected, sizeof(expected),
	         "control.socket: %s is there and is no socket: remove it or choose another path",
	         path);
	assert_string_equal(why.text, expected);
	control_close(&control);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/a/b/c", folder);
	assert_int_equal(open_at(&control, path), -ENOENT);
	memset(path, 'x', 150);
	path[150] = '\0';
	assert_int_equal(open_at(&control, path), -ENAMETOOLONG);
	assert_int_equal(rmdir(folder), 0);
}

// The path's process accepts none, and its queue is full: a connect would wait for ever.
static void test_a_path_whose_process_sleeps_is_taken(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), clients[16];
	struct control second;
	size_t len = 0;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 0), 0);
	while (len < ARRAY_LEN(clients) && (clients[len] = dial(path)) >= 0)
		len++;
	assert_in_range(len, 1, ARRAY_LEN(clients) - 1);
	assert_int_equal(open_at(&second, path), -EADDRINUSE);
	assert_non_null(strstr(why.text, "a running process serves "));
	control_close(&second);
	while (len)
		close(clients[--len]);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void test_the_socket_is_given_away(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64], group[16];
	struct control_conf conf = {
	        .loop = &loop, .path = path, .fn = reply, .ctx = &control, .mode = 0606};
	struct stat stat;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	snprintf(group, sizeof(group), "%u", getuid() == 0 ? 12345 : getgid());
	control_close(&control);
	assert_int_equal(control_open(&control, &conf, &why), 0);
	assert_int_equal(control_give(&control, "", group, &why), 0);
	assert_int_equal(lstat(path, &stat), 0);
	assert_int_equal(stat.st_mode & 07777, 0606);
	assert_int_equal(stat.st_gid, atoi(group));
	assert_int_equal(stat.st_uid, getuid());
	assert_int_equal(control_give(&control, "", "no-such-group", &why), -ESRCH);
	assert_string_equal(why.text, "control.group: there is no group no-such-group");
	assert_int_equal(control_give(&control, "no-such-user", "", &why), -ESRCH);
	control_close(&control);
	assert_int_equal(lstat(path, &stat), -1);
	assert_int_equal(rmdir(folder), 0);
}

// They come with the first byte of the reply, and once.
static void test_descriptors_go_to_the_client(void **state)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(8 * sizeof(int))];
	char text[256] = "";
	struct iovec piece = {text, sizeof(text) - 1};
	struct msghdr message = {.msg_iov = &piece,
	                         .msg_iovlen = 1,
	                         .msg_control = room,
	                         .msg_controllen = sizeof(room)};
	const struct cmsghdr *header;
	int fd = client(), other = client(), fds[2];

	assert_int_equal(pipe(given), 0);
	gone = 0;
	say(fd, "{\"command\":\"give\"}\n");
	assert_true(recvmsg(fd, &message, 0) > 0);
	assert_string_equal(text, "{\"did\":\"give\"}\n");
	header = CMSG_FIRSTHDR(&message);
	assert_non_null(header);
	assert_int_equal(header->cmsg_type, SCM_RIGHTS);
	assert_int_equal(header->cmsg_len, CMSG_LEN(sizeof(fds)));
	memcpy(fds, CMSG_DATA(header), sizeof(fds));
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(given[0], text, 1), 1);
	say(fd, "{\"command\":\"status\"}\n");
	message.msg_controllen = sizeof(room);
	assert_true(recvmsg(fd, &message, 0) > 0);
	assert_null(CMSG_FIRSTHDR(&message));
	close(other);
	serve();
	assert_int_equal(gone, 1);
	assert_false(asked_with_given);
	close(fd);
	serve();
	assert_int_equal(gone, 2);
	assert_true(asked_with_given);
	for (unsigned i = 0; i < 2; i++) {
		close(given[i]);
		close(fds[i]);
	}
}

// Whether a client that connects is answered.
static bool is_answered(const char *path)
{
	int fd = dial(path);
	bool answered;

	assert_true(fd >= 0);
	serve();
	say(fd, "{\"command\":\"a\"}\n");
	answered = strcmp(heard(fd), "{\"did\":\"a\"}\n") == 0;
	close(fd);
	serve();
	return answered;
}

// Two processes listen at one socket: who comes while one pauses is the other's, and the socket
// stays with the last.
static void test_a_socket_that_two_processes_have(void **state)
{
	char folder[] = "/tmp/wadi-control-XXXXXX", path[64];
	static struct control second;
	struct control_conf conf = {.loop = &loop, .path = path, .fn = reply, .ctx = &control};
	struct stat stat;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	assert_int_equal(open_at(&control, path), 0);
	conf.listener = control.listener.fd;
	control_pause(&control);
	control_pause(&control);
	assert_int_equal(control_open(&second, &conf, &why), 0);
	assert_true(is_answered(path));
	control_close(&second);
	assert_int_equal(lstat(path, &stat), 0);
	assert_int_equal(control_resume(&control), 0);
	assert_int_equal(control_resume(&control), 0);
	assert_true(is_answered(path));
	assert_int_equal(control_open(&second, &conf, &why), 0);
	control_share(&control, true);
	control_share(&second, false);
	control_close(&control);
	assert_int_equal(lstat(path, &stat), 0);
	assert_true(is_answered(path));
	control_close(&second);
	assert_int_equal(lstat(path, &stat), -1);
	assert_int_equal(rmdir(folder), 0);
}

#define CONTROL_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CONTROL_TEST(test_a_line_is_answered_by_a_line),
	        CONTROL_TEST(test_a_client_that_does_not_read_is_not_read_from),
	        CONTROL_TEST(test_the_client_silent_longest_gives_way),
	        CONTROL_TEST(test_a_client_may_vanish_at_any_time),
	        CONTROL_TEST(test_a_line_without_end_ends_the_client),
	        CONTROL_TEST(test_a_console_that_does_not_read_is_not_read_from),
	        CONTROL_TEST(test_a_console_does_not_give_way_to_clients),
	        CONTROL_TEST(test_a_long_command_gives_signs_of_life),
	        CONTROL_TEST(test_descriptors_go_to_the_client),
	        CONTROL_TEST(test_a_socket_that_two_processes_have),
	        CONTROL_TEST(test_the_client_has_a_name),
	        CONTROL_TEST(test_descriptors_that_run_out),
	        CONTROL_TEST(test_the_socket_file),
	        CONTROL_TEST(test_a_path_whose_process_sleeps_is_taken),
	        CONTROL_TEST(test_the_socket_is_given_away),
	        CONTROL_TEST(test_a_file_that_a_dead_process_left_is_replaced),
	        CONTROL_TEST(test_what_is_no_socket_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
