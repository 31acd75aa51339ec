// ctl: wadi-ctl's side of a control socket and of a guest's console, against the
// real control.c. The console is two pseudo terminals, the guest's and dom0's, with
// a thread between them in xenconsoled's place, which cuts what passes into pieces
// and adds what else a console carries.
#include "harness.h"

#include "apps/boot/control.h"
#include "apps/ctl/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GUEST, DOM0 };

static struct {
	int master[2], slave[2];
	char path[64]; // of dom0's terminal
	pthread_t pump, server;
	_Atomic bool quit;
	size_t chunk;               // bytes at a time; 0: as they come
	const char *before, *after; // what passes around each reply
	unsigned damaged;           // this many replies have a byte more in their middle
	unsigned asked;             // by the commands' function
	size_t reply_len;
	struct control_loop loop;
	struct control control;
	struct why why;
} t;

static json_t *reply(void *ctx, json_t *request, const struct control_peer *peer)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	json_t *big;
	char *text;

	t.asked++;
	if (strcmp(command, "big") != 0)
		return json_pack("{s:s, s:O*}", "did", command, "words",
		                 json_object_get(request, "words"));
	text = calloc(1, t.reply_len + 1);
	memset(text, 'b', t.reply_len);
	big = json_pack("{s:s}", "did", text);
	free(text);
	return big;
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EAGAIN) {
			usleep(100);
			continue;
		}
		assert_true(n > 0);
		text += n;
		len -= (size_t)n;
	}
}

// In pieces, with what a test wants around each reply.
static void pass(int to, const char *text, size_t len)
{
	size_t step = t.chunk ? t.chunk : len;

	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		const char *mark = memchr(text + at, SESSION_REPLY_MARK, n);

		if (to == t.master[DOM0] && mark && t.before)
			write_all(to, t.before, strlen(t.before));
		write_all(to, text + at, n);
		if (to == t.master[DOM0] && mark && t.damaged) {
			t.damaged--;
			write_all(to, "\r\n[   1.0] eth0: up\r\n", 21);
		}
		if (to == t.master[DOM0] && t.after && memchr(text + at, '\n', n))
			write_all(to, t.after, strlen(t.after));
	}
}

static void *pump(void *arg)
{
	char text[4096];

	while (!t.quit) {
		struct pollfd fds[2] = {{.fd = t.master[GUEST], .events = POLLIN},
		                        {.fd = t.master[DOM0], .events = POLLIN}};

		poll(fds, 2, 5);
		for (int i = 0; i < 2; i++) {
			ssize_t n =
			        fds[i].revents & POLLIN ? read(t.master[i], text, sizeof(text)) : 0;

			if (n > 0)
				pass(t.master[1 - i], text, (size_t)n);
		}
	}
	return NULL;
}

static void *serve(void *arg)
{
	while (!t.quit)
		control_loop_turn(&t.loop, 5 * MS_US);
	return NULL;
}

static int setup(void **state)
{
	const struct control_conf conf = {.loop = &t.loop, .path = "", .fn = reply};
	struct termios raw;

	memset(&t, 0, sizeof(t));
	for (int i = 0; i < 2; i++) {
		if (openpty(&t.master[i], &t.slave[i], i == DOM0 ? t.path : NULL, NULL, NULL))
			return -1;
		fcntl(t.master[i], F_SETFL, O_NONBLOCK);
		tcgetattr(t.slave[i], &raw);
		cfmakeraw(&raw);
		if (i == GUEST) // as a guest's console is (apps/boot/guest.c)
			raw.c_oflag |= OPOST | ONLCR;
		tcsetattr(t.slave[i], TCSANOW, &raw);
	}
	fcntl(t.slave[GUEST], F_SETFL, O_NONBLOCK);
	if (control_loop_init(&t.loop) || control_open(&t.control, &conf, &t.why))
		return -1;
	control_add_console(&t.control, t.slave[GUEST], (mono_t){SEC_US});
	return 0;
}

static void start(void)
{
	assert_int_equal(pthread_create(&t.pump, NULL, pump, NULL), 0);
	assert_int_equal(pthread_create(&t.server, NULL, serve, NULL), 0);
}

static void stop(void)
{
	t.quit = true;
	pthread_join(t.pump, NULL);
	pthread_join(t.server, NULL);
}

static int teardown(void **state)
{
	control_close(&t.control);
	control_loop_fini(&t.loop);
	close(t.slave[DOM0]);
	close(t.master[GUEST]);
	close(t.master[DOM0]);
	return 0;
}

// What the command did, or why there is no reply.
static const char *did(struct peer *peer, const char *command)
{
	static char text[1 << 16];
	json_t *request = json_pack("{s:s}", "command", command);
	json_t *got = peer_ask(peer, request, &t.why);

	json_decref(request);
	if (!got)
		return t.why.text;
	assert_null(json_object_get(got, "id"));
	snprintf(text, sizeof(text), "%s", json_string_value(json_object_get(got, "did")));
	json_decref(got);
	return text;
}

static void commands_over_a_console_one_after_the_other(void **state)
{
	static const size_t chunks[] = {0, 1, 7};
	struct peer peer;

	start();
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	assert_true(peer.console);
	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		t.chunk = chunks[i];
		assert_string_equal(did(&peer, "status"), "status");
		assert_string_equal(did(&peer, "drops"), "drops");
	}
	peer_close(&peer);
	stop();
	assert_int_equal(t.asked, 6);
}

static void what_else_a_console_carries_is_passed_over(void **state)
{
	static const char *const noise[] = {
	        "wadi-dns: serving 1 zone\r\n",
	        "no end of a line ",
	        "\x1e{\"did\":\"another's\",\"id\":\"0\"}\r\n",
	        "\x1e{\"did\":\"nobody's\"}\r\n",
	        "{\"did\":\"unmarked\"}\r\n",
	        "\r\n\r\n\xff\xfe\x01\r\n",
	};
	struct peer peer;

	start();
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	for (size_t i = 0; i < ARRAY_LEN(noise); i++) {
		t.before = t.after = noise[i];
		assert_string_equal(did(&peer, "status"), "status");
	}
	peer_close(&peer);
	stop();
}

static void a_damaged_reply_is_asked_for_again(void **state)
{
	struct peer peer;

	start();
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	for (t.chunk = 1; t.chunk < 9; t.chunk += 7) { // behind the mark, or further in
		t.damaged = PEER_TRIES - 1;
		assert_string_equal(did(&peer, "status"), "status");
	}
	t.damaged = PEER_TRIES;
	assert_non_null(strstr(did(&peer, "status"), "'s replies are damaged"));
	assert_string_equal(did(&peer, "status"), "status");
	peer_close(&peer);
	stop();
}

static void a_reply_longer_than_any_buffer_comes_whole(void **state)
{
	struct peer peer;

	start();
	t.reply_len = 60000;
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	assert_int_equal(strlen(did(&peer, "big")), t.reply_len);
	assert_string_equal(did(&peer, "status"), "status");
	peer_close(&peer);
	stop();
}

static void half_a_line_that_somebody_left_is_ended(void **state)
{
	struct peer peer;

	start();
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	write_all(peer.fd, "sta", 3);
	assert_string_equal(did(&peer, "drops"), "drops");
	write_all(peer.fd, "{\"comm", 6);
	assert_string_equal(did(&peer, "drops"), "drops");
	peer_close(&peer);
	stop();
}

static void silence_ends(void **state)
{
	struct peer peer;

	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	peer.wait_ms = 20;
	assert_non_null(strstr(did(&peer, "status"), " gave no reply: is the guest a wadi"));
	peer_close(&peer);
}

static void noise_alone_ends_as_silence_does(void **state)
{
	struct peer peer;

	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	peer.wait_ms = 0;
	write_all(t.master[DOM0], "a\r\nb\r\n\x1e{\"id\":\"1\"}\r\n", 20);
	assert_non_null(strstr(did(&peer, "status"), " gave no reply"));
	peer_close(&peer);
}

static void the_terminal_is_left_as_it_was(void **state)
{
	struct termios before, after;
	struct peer peer;

	tcgetattr(t.slave[DOM0], &before);
	before.c_lflag |= ECHO | ICANON;
	tcsetattr(t.slave[DOM0], TCSANOW, &before);
	assert_int_equal(peer_open(&peer, t.path, 0, &t.why), 0);
	tcgetattr(t.slave[DOM0], &after);
	assert_false(after.c_lflag & (ECHO | ICANON));
	peer_close(&peer);
	tcgetattr(t.slave[DOM0], &after);
	assert_true((after.c_lflag & (ECHO | ICANON)) == (ECHO | ICANON));
}

static void what_is_no_way_to_an_appliance_is_told(void **state)
{
	char path[200];
	struct peer peer;

	assert_int_equal(peer_open(&peer, "/none/sock", 0, &t.why), -ENOENT);
	assert_string_equal(t.why.text, "/none/sock: No such file or directory: is the appliance "
	                                "running?");
	assert_int_equal(peer_open(&peer, "/dev/null", 0, &t.why), -ENOTTY);
	assert_string_equal(t.why.text,
	                    "/dev/null: Inappropriate ioctl for device: is it the console "
	                    "of a guest?");
	memset(path, 'x', sizeof(path));
	path[199] = '\0';
	assert_int_equal(peer_open(&peer, path, 0, &t.why), -ENAMETOOLONG);
}

// A peer at one end of a socket pair, the test at the other.
static int pair(struct peer *peer)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	*peer = (struct peer){.fd = ends[0], .name = "sock", .wait_ms = 5000};
	return ends[1];
}

static void a_socket_is_asked_by_a_line(void **state)
{
	struct peer peer;
	char line[64];
	int fd = pair(&peer);

	write_all(fd, "{\"did\":\"a\"}\n{\"did\"", 18);
	assert_string_equal(did(&peer, "a"), "a");
	assert_int_equal(read(fd, line, sizeof(line)), 16);
	assert_memory_equal(line, "{\"command\":\"a\"}\n", 16);
	write_all(fd, ":\"b\"}\n", 6);
	assert_string_equal(did(&peer, "b"), "b");
	close(fd);
	peer_close(&peer);
}

static void what_a_socket_says_wrong_is_told(void **state)
{
	static const struct {
		const char *says, *why;
	} cases[] = {{"hello\n", "sock does not speak wadi's control protocol"},
	             {"[]\n", "sock does not speak wadi's control protocol"},
	             {"\n", "sock does not speak wadi's control protocol"},
	             {"{\"did\":\"a\"}", "sock gave no reply"},
	             {"", "sock gave no reply"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct peer peer;
		int fd = pair(&peer);

		write_all(fd, cases[i].says, strlen(cases[i].says));
		shutdown(fd, SHUT_WR);
		assert_string_equal(did(&peer, "a"), cases[i].why);
		close(fd);
		peer_close(&peer);
	}
}

// Spaces before a reply are signs of life, after which silence begins again.
static void signs_of_life_are_waited_for(void **state)
{
	struct peer peer;
	int fd = pair(&peer);

	write_all(fd, "   {\"did\":\"a\"}\n", 15);
	assert_string_equal(did(&peer, "a"), "a");
	write_all(fd, "  ", 2);
	peer.wait_ms = 20;
	assert_string_equal(
	        did(&peer, "a"),
	        "sock gave no sign of life for 1 s: is it stopped, or busy with another "
	        "client's reload? --timeout SECONDS waits longer");
	close(fd);
	peer_close(&peer);
}

// A stopped process accepts none; its queue of connections is full.
static void a_full_queue_is_not_waited_for(void **state)
{
	char folder[] = "/tmp/wadi-ctl-XXXXXX", path[64];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), err = 0;
	struct peer peers[16];
	size_t len = 0;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 0), 0);
	while (!err && len < ARRAY_LEN(peers))
		err = peer_open(&peers[len++], path, 20, &t.why);
	assert_int_equal(err, -EAGAIN);
	assert_non_null(strstr(t.why.text, "/sock gave no sign of life for 1 s: is it stopped"));
	while (len)
		peer_close(&peers[--len]);
	close(fd);
	unlink(path);
	rmdir(folder);
}

static void *flood(void *fd)
{
	static char text[1 << 16];

	memset(text, 'x', sizeof(text));
	while (send(*(int *)fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

static void a_reply_without_end_ends(void **state)
{
	struct peer peer;
	pthread_t thread;
	int fd = pair(&peer);

	pthread_create(&thread, NULL, flood, &fd);
	assert_string_equal(did(&peer, "a"), "sock's reply is too long");
	peer_close(&peer);
	pthread_join(thread, NULL);
	close(fd);
}

#define CTL_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CTL_TEST(commands_over_a_console_one_after_the_other),
	        CTL_TEST(what_else_a_console_carries_is_passed_over),
	        CTL_TEST(a_damaged_reply_is_asked_for_again),
	        CTL_TEST(a_reply_longer_than_any_buffer_comes_whole),
	        CTL_TEST(half_a_line_that_somebody_left_is_ended),
	        CTL_TEST(silence_ends),
	        CTL_TEST(noise_alone_ends_as_silence_does),
	        CTL_TEST(the_terminal_is_left_as_it_was),
	        CTL_TEST(what_is_no_way_to_an_appliance_is_told),
	        CTL_TEST(a_socket_is_asked_by_a_line),
	        CTL_TEST(what_a_socket_says_wrong_is_told),
	        CTL_TEST(a_reply_without_end_ends),
	        CTL_TEST(signs_of_life_are_waited_for),
	        CTL_TEST(a_full_queue_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
