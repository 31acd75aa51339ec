// boot: a whole appliance in this process, from the arguments to the signal:
// frames over mem:, the control socket, reload, and the ways it refuses to
// start. What it tells on standard error is read as well.
#include "tcpip/frames.h"

#include "apps/boot/boot.h"
#include "backends/mem/mem.h"
#include "core/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct toy_conf {
	uint64_t port;
};

static const struct conf_key toy_keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct toy_conf, port), .min = 1, .max = 65535,
         .live = true, .help = "The UDP port."},
        {0},
};
static const struct conf_section toy_section = {sizeof(struct toy_conf), toy_keys};

static struct {
	unsigned opened, closed, workers_opened, workers_closed;
	_Atomic unsigned reloads; // read while the appliance runs
	_Atomic bool wire_left;   // the test touches its end of the wire no more
	uint64_t port;            // after the last reload
} toy;

// What the toy has in the control loop: a timer that writes to a pipe once, whose
// other end is watched, and what a worker posts. Each step passes a byte to the test.
static struct {
	struct control_loop *loop;
	struct control_watch watch;
	struct wheel_timer timer;
	int pipe[2], test[2]; // test: read by the test
	_Atomic bool posted;
} inner;

static void inner_note(char step)
{
	assert_int_equal(write(inner.test[1], &step, 1), 1);
}

static void inner_fire(struct wheel_timer *timer, mono_t now)
{
	assert_int_equal(write(inner.pipe[1], "w", 1), 1);
	inner_note('t');
}

static void inner_ready(struct control_watch *watch, unsigned events, mono_t now)
{
	char step;

	assert_int_equal(read(watch->fd, &step, 1), 1);
	inner_note(step);
}

static void inner_posted(void *ctx, mono_t now)
{
	assert_ptr_equal(ctx, &inner);
	inner_note('p');
}

static void inner_open(struct control_loop *loop)
{
	inner.loop = loop;
	inner.posted = false;
	assert_int_equal(pipe(inner.pipe), 0);
	assert_int_equal(pipe(inner.test), 0);
	inner.watch = (struct control_watch){inner.pipe[0], inner_ready};
	assert_int_equal(control_loop_add(loop, &inner.watch, POLLIN), 0);
	wheel_timer_init(&inner.timer, inner_fire);
	wheel_add(&loop->wheel, &inner.timer, mono_add(clock_kernel(), MS_US));
}

static void inner_close(void)
{
	control_loop_del(inner.loop, &inner.watch);
	wheel_del(&inner.loop->wheel, &inner.timer);
	for (int i = 0; i < 2; i++) {
		close(inner.pipe[i]);
		close(inner.test[i]);
	}
}

// Waits for a step that the control thread takes of its own accord.
static void inner_await(char step)
{
	struct pollfd fd = {.fd = inner.test[0], .events = POLLIN};
	char took;

	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_equal(read(inner.test[0], &took, 1), 1);
	assert_int_equal(took, step);
}

static void toy_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		dgrams[i].reply_len = dgrams[i].len;
	if (!atomic_exchange(&inner.posted, true))
		assert_true(mailbox_post(&inner.loop->mailbox, inner_posted, &inner));
}

static int toy_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	toy.port = ((const struct toy_conf *)conf)->port;
	if (toy.port == 13)
		return why_fail(why, -EINVAL, "13 is not wanted");
	if (toy.port == 14) { // a load that is stopped
		assert_false(env->stopping());
		kill(getpid(), SIGTERM);
		assert_true(env->stopping());
		return -ECANCELED;
	}
	toy.opened++;
	inner_open(env->loop);
	*state = &toy;
	return 0;
}

static void toy_close(void *state)
{
	assert_ptr_equal(state, &toy);
	inner_close();
	toy.closed++;
}

static int toy_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct udp_listener_conf listener = {.port = (uint16_t)toy.port, .fn = toy_serve};

	toy.workers_opened++;
	return udp_listen(stack_udp(worker->stack), &listener, NULL);
}

static void toy_worker_close(void *state, struct service_worker *worker)
{
	assert_true(toy.wire_left);
	toy.workers_closed++;
}

static int toy_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	if (((const struct toy_conf *)conf)->port == 13)
		return why_fail(why, -EINVAL, "13 is not wanted");
	toy.reloads++;
	toy.port = ((const struct toy_conf *)conf)->port;
	json_object_set_new(reply, "port", json_integer((json_int_t)toy.port));
	return 0;
}

static void toy_status(void *state, json_t *reply)
{
	json_object_set_new(reply, "port", json_integer((json_int_t)toy.port));
}

static void toy_describe(void *state, char *text, size_t size)
{
	snprintf(text, size, "toying");
}

static struct {
	unsigned calls;
	uint64_t port; // of the configuration; 0: there was none
	char words[64];
	size_t sets;
	bool loud;
} played;

struct play_given {
	bool loud;
};

static int toy_play(const struct tool_call *call)
{
	const struct toy_conf *conf = call->conf;
	size_t len = 0;

	played.calls++;
	played.port = conf ? conf->port : 0;
	played.sets = call->source->sets_len;
	played.loud = ((const struct play_given *)call->values)->loud;
	played.words[0] = '\0';
	for (int i = 0; i < call->args_len; i++)
		len += (size_t)snprintf(played.words + len, sizeof(played.words) - len, "%s|",
		                        call->args[i]);
	return call->args_len == 3 ? TOOL_EXIT_FAILED : TOOL_EXIT_DONE;
}

static bool toy_play_needs_conf(const struct tool_call *call)
{
	return call->args_len == 0;
}

static const struct cmdline_option play_options[] = {
        {"loud", 'l', CMDLINE_FLAG, offsetof(struct play_given, loud), .help = "Makes noise."},
        {0},
};
static const struct cmdline_table play_table = {sizeof(struct play_given), play_options};

static const struct service_tool toy_tools[] = {
        {"play",
         {"-c FILE [--loud]", "WORD..."},
         "Plays.",
         &play_table,
         toy_play_needs_conf,
         toy_play},
        {0},
};

static const struct service toy_service = {
        .name = "toy",
        .help = "The toy.",
        .section = &toy_section,
        .open = toy_open,
        .close = toy_close,
        .worker_open = toy_worker_open,
        .worker_close = toy_worker_close,
        .reload = toy_reload,
        .status = toy_status,
        .describe = toy_describe,
        .tools = toy_tools,
};

static const struct appliance appliance = {
        .name = "wadi-toy",
        .summary = "a toy",
        .text = "It plays.",
        .services = (const struct service *const[]){&toy_service, NULL},
};

static char folder[] = "/tmp/wadi-boot-XXXXXX", file[64], sock[64], log_file[64];
static int status; // boot_main's

static void write_conf(const char *toy_port)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	fprintf(out,
	        "{ \"workers\": 2, \"ports\": [\n"
	        "  { \"name\": \"net0\", \"device\": \"mem:boot\", \"pages\": 128,\n"
	        "    \"ipv4\": \"10.0.0.2/24\", \"ipv6\": [\"fd00::2/64\", \"fd00::3/64\"] } ],\n"
	        "  \"control\": { \"socket\": \"run/sock\" }, "
	        "\"sandbox\": { \"enabled\": false },\n" // it would outlast boot_main
	        "  \"toy\": { \"port\": %s } }\n",
	        toy_port);
	fclose(out);
}

static void *run(void *set)
{
	const char *argv[] = {"wadi-toy", "-c", file, "--set", set, NULL};

	status = boot_main(&appliance, set ? 5 : 3, (char **)argv);
	return NULL;
}

static int dial(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sock);
	for (int i = 0; i < 1000; i++) {
		if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
			return fd;
		usleep(10000);
	}
	fail_msg("the control socket does not come up");
	return -1;
}

// The reply to one command, to be freed with json_decref.
static json_t *ask(int fd, const char *request)
{
	char line[65536];
	size_t len = 0;
	json_t *reply;

	assert_true(dprintf(fd, "%s\n", request) > 0);
	while (len == 0 || line[len - 1] != '\n') {
		ssize_t n = read(fd, line + len, sizeof(line) - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	reply = json_loadb(line, len, 0, NULL);
	assert_non_null(reply);
	return reply;
}

static const char *text_at(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

// What is on standard error from now on until logged().
static int saved_stderr = -1;

static void log_begin(void)
{
	int fd = open(log_file, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static const char *logged(void)
{
	static char text[4096];
	FILE *in;
	size_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	saved_stderr = -1;
	in = fopen(log_file, "r");
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	return text;
}

// Sends a frame and waits for one that comes back.
static struct frame exchange(struct netif *wire, const struct frame *frame, const uint8_t mac[6])
{
	struct frame reply = {.len = 0};
	struct pkt *pkt = pkt_alloc(wire->pool[0]);

	assert_non_null(pkt);
	memcpy(pkt_data(pkt), frame->b, frame->len);
	memcpy(pkt_data(pkt), mac, 6);
	pkt_set_len(pkt, (uint16_t)frame->len);
	assert_int_equal(wire->ops->tx_burst(wire, 0, &pkt, 1), 1);
	for (int i = 0; i < 5000 && reply.len == 0; i++) {
		while (reply.len == 0 && wire->ops->rx_burst(wire, 0, &pkt, 1) == 1) {
			// What the appliance tells of its own accord goes to groups.
			if (!(pkt_data(pkt)[0] & 1))
				reply = frame_judge(pkt_data(pkt), pkt->len);
			pkt_put(pkt);
		}
		usleep(1000);
	}
	assert_true(reply.len > 0);
	return reply;
}

static void check_ports(int fd, uint8_t mac[6])
{
	json_t *reply = ask(fd, "{\"command\":\"ports\"}"), *port;

	port = json_array_get(json_object_get(reply, "ports"), 0);
	assert_string_equal(text_at(port, "name"), "net0");
	assert_string_equal(text_at(port, "device"), "mem:boot");
	assert_string_equal(json_string_value(json_array_get(json_object_get(port, "ipv6"), 1)),
	                    "fd00::3/64");
	assert_int_equal(json_integer_value(json_object_get(port, "queues")), 2);
	assert_int_equal(sscanf(text_at(port, "mac"), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx",
	                        &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]),
	                 6);
	json_decref(reply);
}

static void check_datagrams(struct netif *wire, const uint8_t mac[6])
{
	struct frame arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");

	exchange(wire, &arp, mac);
	for (unsigned port = 1000; port < 1020; port++) { // both workers get some
		struct frame query = frame_udp("10.0.0.9", "10.0.0.2", port, 7, "hello");
		struct frame reply = exchange(wire, &query, mac);

		assert_int_equal(get16(reply.b + reply.l4), 7);
		assert_int_equal(get16(reply.b + reply.l4 + 2), port);
		assert_memory_equal(reply.b + reply.l4 + 8, "hello", 5);
	}
}

static void check_counters(int fd)
{
	json_t *reply = ask(fd, "{\"command\":\"stats\"}"), *workers, *row;
	json_int_t rx = 0;
	size_t i;

	workers = json_object_get(reply, "workers");
	assert_int_equal(json_array_size(workers), 2);
	json_array_foreach (workers, i, row) {
		assert_true(json_integer_value(json_object_get(row, "rx_pkts")) > 2);
		rx += json_integer_value(json_object_get(row, "rx_pkts"));
	}
	assert_int_equal(rx, 21);
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"drops\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "drops")), DROP_COUNT - 1);
	json_decref(reply);
}

// A key that waits for a restart is named in the reply; the others are taken.
static void check_waiting(int fd)
{
	json_t *reply, *rows;

	write_conf("8 }, \"neighbours\": 512, \"log\": { \"timestamps\": \"always\"");
	reply = ask(fd, "{\"command\":\"reload\"}");
	rows = json_object_get(reply, "configuration");
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(text_at(json_array_get(rows, 0), "kind"), "warning");
	assert_non_null(strstr(text_at(json_array_get(rows, 0), "configuration"),
	                       "conf.json:5: neighbours: differs from what runs: restart to take "
	                       "it"));
	assert_null(json_object_get(reply, "error"));
	json_decref(reply);
}

static void check_reload(int fd)
{
	json_t *reply;

	write_conf("8");
	reply = ask(fd, "{\"command\":\"reload\"}");
	assert_int_equal(json_integer_value(json_object_get(reply, "port")), 8);
	assert_true(json_is_integer(json_object_get(reply, "ms")));
	assert_null(json_object_get(reply, "configuration"));
	assert_null(json_object_get(reply, "services"));
	json_decref(reply);
	check_waiting(fd);
	write_conf("13");
	reply = ask(fd, "{\"command\":\"reload\"}");
	assert_string_equal(text_at(reply, "error"), "13 is not wanted");
	json_decref(reply);
	write_conf("\"x\"");
	reply = ask(fd, "{\"command\":\"reload\"}");
	assert_non_null(strstr(text_at(reply, "error"),
	                       "conf.json:5: toy.port: must be a whole number, not a string"));
	json_decref(reply);
	write_conf("0, \"x\": 1");
	reply = ask(fd, "{\"command\":\"reload\"}");
	assert_non_null(strstr(text_at(reply, "error"), "conf.json: there are 2 errors"));
	assert_int_equal(json_array_size(json_object_get(reply, "configuration")), 2);
	json_decref(reply);
	assert_int_equal(toy.reloads, 2);
	write_conf("9");
	kill(getpid(), SIGHUP);
	for (int i = 0; i < 5000; i++) {
		json_int_t port;

		reply = ask(fd, "{\"command\":\"status\"}");
		port = json_integer_value(json_object_get(reply, "port"));
		json_decref(reply);
		if (port == 9)
			return;
		usleep(1000);
	}
	fail_msg("SIGHUP does not reload");
}

static void check_words(int fd)
{
	json_t *reply = ask(fd, "{\"command\":\"status\"}");

	assert_string_equal(text_at(reply, "name"), "wadi-toy");
	assert_int_equal(json_integer_value(json_object_get(reply, "workers")), 2);
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"log-level\",\"words\":[\"warning\"]}");
	assert_string_equal(text_at(reply, "log_level"), "warning");
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"log-level\",\"words\":[7]}");
	assert_string_equal(text_at(reply, "error"),
	                    "the arguments of a command are a list of up to 4 strings");
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"log-level\",\"words\":[\"info\"]}");
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"dance\"}");
	assert_non_null(strstr(text_at(reply, "error"), "no such command"));
	json_decref(reply);
}

// How many of the newest records are of the event, by a thread whose name begins so.
static unsigned traced(int fd, const char *event, const char *thread)
{
	json_t *reply = ask(fd, "{\"command\":\"trace\",\"words\":[\"1000\"]}"), *row;
	unsigned n = 0;
	size_t i;

	json_array_foreach (json_object_get(reply, "records"), i, row)
		n += strcmp(text_at(row, "event"), event) == 0 &&
		     strncmp(text_at(row, "thread"), thread, strlen(thread)) == 0;
	json_decref(reply);
	return n;
}

static void check_trace(int fd)
{
	json_t *reply = ask(fd, "{\"command\":\"trace\",\"words\":[\"2\"]}");

	assert_string_equal(text_at(reply, "program"), "wadi-toy");
	assert_int_equal(json_integer_value(json_object_get(reply, "pid")), getpid());
	assert_int_equal(json_array_size(json_object_get(reply, "records")), 2);
	json_decref(reply);
	reply = ask(fd, "{\"command\":\"trace\",\"words\":[\"all\"]}");
	assert_string_equal(text_at(reply, "error"),
	                    "trace takes how many records to show, such as 100");
	json_decref(reply);
	assert_int_equal(traced(fd, "listen", "worker"), 2);
	assert_int_equal(traced(fd, "start", "worker1"), 1);
	assert_int_equal(traced(fd, "ready", "control"), 1);
	assert_true(traced(fd, "neigh", "worker") >= 1);
	assert_int_equal(traced(fd, "reload", "control"), 6);
	assert_int_equal(traced(fd, "signal", "control"), 1);
}

static void test_an_appliance_from_start_to_end(void **state)
{
	const char *text;
	struct netif *wire;
	pthread_t thread;
	uint8_t mac[6];
	int fd;

	memset(&toy, 0, sizeof(toy));
	write_conf("7");
	assert_int_equal(mem_open("boot", 1, 64, &wire), 0);
	log_begin();
	assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
	fd = dial();
	check_words(fd);
	check_ports(fd, mac);
	inner_await('t');
	inner_await('w');
	check_datagrams(wire, mac);
	inner_await('p');
	check_counters(fd);
	check_reload(fd);
	check_trace(fd);
	close(fd);
	toy.wire_left = true;
	kill(getpid(), SIGTERM);
	pthread_join(thread, NULL);
	text = logged();
	assert_int_equal(status, 0);
	assert_non_null(strstr(text,
	                       "wadi-toy: toying on net0 (mem:boot) 10.0.0.2 fd00::2 fd00::3, "
	                       "pages in plain memory, started in "));
	assert_non_null(strstr(text,
	                       "wadi-toy: error: not reloaded, nothing has changed: 13 is not "
	                       "wanted\n"));
	assert_non_null(strstr(text, "wadi-toy: stopping\n"));
	assert_int_equal(toy.opened, 1);
	assert_int_equal(toy.closed, 1);
	assert_int_equal(toy.workers_opened, 2);
	assert_int_equal(toy.workers_closed, 2);
	wire->ops->close(wire);
	assert_int_equal(access(sock, F_OK), -1);
}

static void test_what_is_wrong_is_told_before_anything_is_opened(void **state)
{
	static const struct {
		const char *set, *told;
	} bad[] = {
	        {"toy.port=13", "wadi-toy: error: 13 is not wanted\n"},
	        {"toy.port=0", "toy.port: must be from 1 to 65535, not 0\n"},
	        {"ports[0].device=tip:x", "ports[0].device: \"tip:x\" is of no known kind"},
	        {"ports[0].ipv4=10.0.0.1",
	         "ports[0].ipv4: \"10.0.0.1\" is not an IPv4 address with "
	         "its prefix length, such as 192.0.2.1/24\n"},
	        {"ports[0].ipv4=fd00::1/64", "is not an IPv4 address"},
	        {"ports[0].ipv4=0.0.0.0/8", "is not an address that a port can have\n"},
	        {"ports[0].ipv6=ff02::1/64", "is not an address that a port can have\n"},
	        {"ports[0].ipv6[1]=10.0.0.1/8", "ports[0].ipv6[1]: \"10.0.0.1/8\" is not an IPv6"},
	        {"ports[0].gateway4=fd00::1", "ports[0].gateway4: \"fd00::1\" is not an IPv4"},
	        {"ports[0].gateway6=::", "ports[0].gateway6: \"::\" is not an IPv6"},
	        {"ports[0].static_neighbours=10.0.0.1",
	         "\"10.0.0.1\" is not an IP address and an Ethernet address"},
	        {"ports[0].static_neighbours=10.0.0.1 01:00:5e:00:00:01",
	         "is not an IP address and an Ethernet address"},
	        {"ports[0].static_neighbours=ff02::1 02:00:00:00:00:01",
	         "is not an IP address and an Ethernet address"},
	        {"ports[0].mtu=1000", "--set ports[0].mtu=1000: ports[0].mtu: must be 0 or from "
	                              "1280 to 65000, not 1000\n"},
	        {"ports[1]={\"name\": \"net0\", \"device\": \"mem:x\"}",
	         "ports[1].name: \"net0\" is ports[0]'s\n"},
	        {"ports[1]={\"name\": \"net1\", \"device\": \"mem:boot\"}",
	         "ports[1].device: \"mem:boot\" is ports[0]'s\n"},
	};
	const char *text;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_conf("7");
		memset(&toy, 0, sizeof(toy));
		log_begin();
		run((void *)(uintptr_t)bad[i].set);
		text = logged();
		if (!strstr(text, bad[i].told))
			fail_msg("%s is told as: %s", bad[i].set, text);
		assert_int_equal(status, 1);
		assert_int_equal(toy.opened, 0);
		assert_int_equal(access(sock, F_OK), -1);
	}
}

static void test_the_command_line(void **state)
{
	static const struct {
		const char *argv[7];
		int status;
	} cases[] = {
	        {{"wadi-toy"}, 2},
	        {{"wadi-toy", "--frob"}, 2},
	        {{"wadi-toy", "dance"}, 2},
	        {{"wadi-toy", "-c"}, 2},
	        {{"wadi-toy", "-c", file, "word"}, 2},
	        {{"wadi-toy", "check", "a", "b"}, 2},
	        {{"wadi-toy", "check"}, 2},
	        {{"wadi-toy", "-c", "/nowhere"}, 1},
	        {{"wadi-toy", "check", "-c", "/nowhere"}, 1},
	        {{"wadi-toy", "check", "-c", file}, 0},
	        {{"wadi-toy", "check", "-c", file, "--set", "toy.port=0"}, 1},
	        {{"wadi-toy", "play"}, 2},
	        {{"wadi-toy", "play", "--set"}, 2},
	        {{"wadi-toy", "play", "--xenstore", "a"}, 2},
	        {{"wadi-toy", "play", "-c", "/nowhere", "a"}, 1},
	        {{"wadi-toy", "play", "--set", "toy.port=0"}, 1},
	        {{"wadi-toy", "play", "a", "--help"}, 0},
	        {{"wadi-toy", "play", "--xenstor"}, 2},
	        {{"wadi-toy", "--set", "toy.port=7", "check"}, 2},
	        {{"wadi-toy", "--help"}, 0},
	        {{"wadi-toy", "serve", "--help"}, 0},
	        {{"wadi-toy", "--help-config"}, 0},
	        {{"wadi-toy", "--man"}, 0},
	        {{"wadi-toy", "--version"}, 0},
	};

	write_conf("7");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *argv[8] = {0};
		int argc = 0;

		for (; argc < 7 && cases[i].argv[argc]; argc++)
			argv[argc] = cases[i].argv[argc];
		log_begin();
		status = boot_main(&appliance, argc, (char **)argv);
		assert_int_equal((logged()[0] != '\0'), cases[i].status != 0);
		assert_int_equal(status, cases[i].status);
	}
}

// Options of boot are taken out wherever they stand, all else is the tool's, in order.
static void test_what_a_tool_is_given(void **state)
{
	static const struct {
		const char *argv[8];
		uint64_t port;
		const char *words;
		size_t sets;
		bool loud;
		int status;
	} cases[] = {
	        {{"play", "-c", file}, 7, "", 0, false, 0},
	        {{"play", "-c", file, "--set", "toy.port=9"}, 9, "", 1, false, 0},
	        {{"play", "--config", file, "--set=toy.port=9"}, 9, "", 1, false, 0},
	        {{"play", "a", "b"}, 0, "a|b|", 0, false, 0},
	        {{"play", "--loud", "a", "--set", "x=y"}, 0, "a|", 1, true, 0},
	        {{"play", "a", "-c", file, "-l", "b", "c"}, 7, "a|b|c|", 0, true, 1},
	        {{"play", "a", "--", "-c", "--loud"}, 0, "a|-c|--loud|", 0, false, 1},
	};

	write_conf("7");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *argv[10] = {"wadi-toy"};
		int argc = 1;

		for (; argc < 9 && cases[i].argv[argc - 1]; argc++)
			argv[argc] = cases[i].argv[argc - 1];
		played.calls = 0;
		assert_int_equal(boot_main(&appliance, argc, (char **)argv), cases[i].status);
		assert_int_equal(played.calls, 1);
		assert_int_equal(played.port, cases[i].port);
		assert_string_equal(played.words, cases[i].words);
		assert_int_equal(played.sets, cases[i].sets);
		assert_int_equal(played.loud, cases[i].loud);
	}
}

// The signal waits while an appliance opens; that it was told is its end as any other.
static void test_a_stop_before_it_serves(void **state)
{
	const struct timespec at_once = {0};
	sigset_t set;

	memset(&toy, 0, sizeof(toy));
	write_conf("14");
	log_begin();
	run(NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigtimedwait(&set, NULL, &at_once), SIGTERM);
	assert_non_null(strstr(logged(), "Z wadi-toy: stopping before anything was served\n"));
	assert_int_equal(status, 0);
	assert_int_equal(toy.workers_opened, 0);
	assert_int_equal(toy.closed, 0);
}

// A test that failed halfway has told why where nobody sees it.
static int teardown(void **state)
{
	if (saved_stderr >= 0)
		fputs(logged(), stderr);
	return 0;
}

static int group_setup(void **state)
{
	sigset_t set;

	unsetenv("JOURNAL_STREAM");
	sigemptyset(&set); // as in the appliance's threads, so that the signals wait for it
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!mkdtemp(folder))
		return -errno;
	snprintf(file, sizeof(file), "%s/conf.json", folder);
	snprintf(sock, sizeof(sock), "%s/run/sock", folder);
	snprintf(log_file, sizeof(log_file), "%s/log", folder);
	return 0;
}

static int group_teardown(void **state)
{
	unlink(file);
	unlink(log_file);
	return rmdir(folder);
}

#define BOOT_TEST(fn) cmocka_unit_test_teardown(fn, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BOOT_TEST(test_an_appliance_from_start_to_end),
	        BOOT_TEST(test_a_stop_before_it_serves),
	        BOOT_TEST(test_what_is_wrong_is_told_before_anything_is_opened),
	        BOOT_TEST(test_the_command_line),
	        BOOT_TEST(test_what_a_tool_is_given),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
