// services: an appliance of two services that run side by side on one worker, whose
// turns the test takes itself: configuration, listeners, drop reasons, commands, status,
// reload; and the order in which services open and close, also when one fails.
#include "tcpip/frames.h"

#include "apps/boot/boot_internal.h"
#include "backends/mem/mem.h"
#include "core/host/log.h"
#include "proto/tcpip/tcp/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct toy_conf {
	uint64_t port;
};

static const struct conf_key toy_keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct toy_conf, port), .min = 1, .max = 65535,
         .help = "The UDP port."},
        {0},
};
static const struct conf_section toy_section = {sizeof(struct toy_conf), toy_keys};

// What a toy is, and what happened to all toys, in order: "+a" is a's open, "-a" its
// close, "[a" and "]a" the same of a worker.
struct toy {
	char letter;
	uint64_t port;
	bool fails, fails_reload;
};

static struct toy toy_a = {.letter = 'a'}, toy_b = {.letter = 'b'};
static char history[64];
static uint64_t served[2];

static void note(char what, const struct toy *toy)
{
	size_t len = strlen(history);

	snprintf(history + len, sizeof(history) - len, "%c%c", what, toy->letter);
}

// Echoes; a datagram that begins with "?" is dropped for the toy's second reason.
static void toy_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct service_worker *worker = ctx;
	const struct toy *toy = worker->state;

	for (unsigned i = 0; i < n; i++) {
		if (dgrams[i].payload[0] == '?')
			dgrams[i].drop = worker->drops_begin + 1;
		else
			dgrams[i].reply_len = dgrams[i].len;
		served[toy->letter - 'a']++;
	}
}

static int toy_open(struct toy *toy, void **state, const void *conf, struct why *why)
{
	note('+', toy);
	if (toy->fails)
		return why_fail(why, -EINVAL, "%c fails", toy->letter);
	toy->port = ((const struct toy_conf *)conf)->port;
	*state = toy;
	return 0;
}

static int open_a(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	return toy_open(&toy_a, state, conf, why);
}

static int open_b(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	return toy_open(&toy_b, state, conf, why);
}

static void toy_close(void *state)
{
	note('-', state);
}

static int toy_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	const struct toy *toy = state;

	note('[', toy);
	worker->state = state;
	return udp_listen(stack_udp(worker->stack),
	                  &(struct udp_listener_conf){
	                          .port = (uint16_t)toy->port, .fn = toy_serve, .ctx = worker},
	                  NULL);
}

static void toy_worker_close(void *state, struct service_worker *worker)
{
	assert_ptr_equal(worker->state, state);
	note(']', state);
}

static int toy_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	struct toy *toy = state;

	if (toy->fails_reload)
		return why_fail(why, -EINVAL, "not now");
	toy->port = ((const struct toy_conf *)conf)->port;
	return 0;
}

static int toy_reload_one(void *state, const char *name, json_t *reply, struct why *why)
{
	const struct toy *toy = state;

	if (name[0] != toy->letter)
		return why_fail(why, -ENOENT, "there is no %s", name);
	json_object_set_new(reply, "reloaded", json_string(name));
	return 0;
}

static void toy_status(void *state, json_t *reply)
{
	const struct toy *toy = state;

	json_object_set_new(reply, (const char[]){toy->letter, '\0'},
	                    json_integer((json_int_t)toy->port));
}

static const char *table_of_b = "b";

static unsigned toy_metrics(void *state, struct metric_source *sources)
{
	static struct metric_row rows[2][2] = {
	        {{"a", "name", "served", "count", "datagrams", METRIC_COUNTER, 0}, {0}},
	        {{"b", "name", "served", "count", "datagrams", METRIC_COUNTER, 0}, {0}}};
	unsigned i = ((const struct toy *)state)->letter - 'a';

	rows[1][0].table = table_of_b;
	sources[0] = (struct metric_source){.rows = rows[i], .len = 1, .of = {&served[i]}};
	return 1;
}

static void toy_describe(void *state, char *text, size_t size)
{
	snprintf(text, size, "%cing", ((const struct toy *)state)->letter);
}

static int run_letter(void *state, const char *const *args, unsigned args_len, json_t *reply,
                      struct why *why)
{
	const struct toy *toy = state;

	json_object_set_new(reply, "letter", json_string((const char[]){toy->letter, '\0'}));
	return 0;
}

#define TOY(l)                                                                                     \
	static const struct service_drop drops_##l[] = {                                           \
	        {#l ".first", "the first"}, {#l ".asked", "begins with a question mark"}, {0}};    \
	static const struct service_command commands_##l[] = {                                     \
	        {"letter-" #l, "", 0, 0, "The letter.", run_letter}, {0}};                         \
	static const struct service service_##l = {                                                \
	        .name = #l,                                                                        \
	        .version = "1." #l,                                                                \
	        .help = "A toy.",                                                                  \
	        .section = &toy_section,                                                           \
	        .open = open_##l,                                                                  \
	        .close = toy_close,                                                                \
	        .worker_open = toy_worker_open,                                                    \
	        .worker_close = toy_worker_close,                                                  \
	        .reload = toy_reload,                                                              \
	        .reload_one = toy_reload_one,                                                      \
	        .status = toy_status,                                                              \
	        .metrics = toy_metrics,                                                            \
	        .describe = toy_describe,                                                          \
	        .drops = drops_##l,                                                                \
	        .commands = commands_##l,                                                          \
	}

TOY(a);
TOY(b);

static const struct appliance appliance = {
        .name = "wadi-toys",
        .services = (const struct service *const[]){&service_a, &service_b, NULL}};

static struct boot boot;
static struct netif *wire;
static struct why why;

#define PORTS                                                                                      \
	"ports=[{\"name\":\"net0\",\"device\":\"mem:toys\",\"pages\":128,\"ipv4\":\"10.0.0.2/"     \
	"24\"}]"

static int toys_open(void)
{
	static const char *const sets[] = {PORTS, "a.port=7", "b.port=8"};
	struct boot_start start = {.source = {.sets = sets, .sets_len = ARRAY_LEN(sets)},
	                           .console_fd = -1};

	history[0] = '\0';
	memset(served, 0, sizeof(served));
	toy_a.fails = toy_b.fails = toy_a.fails_reload = toy_b.fails_reload = false;
	log_init("toys", -1);
	assert_int_equal(mem_open("toys", 1, 64, &wire), 0);
	return boot_open(&boot, &appliance, &start, &why);
}

static void toys_close(void)
{
	boot_close(&boot);
	wire->ops->close(wire);
}

static json_t *ask(const char *command)
{
	json_t *request = json_pack("{s:s}", "command", command);
	json_t *reply = command_run(&boot, request);

	json_decref(request);
	assert_null(json_object_get(reply, "error"));
	return reply;
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static json_int_t served_by(const json_t *stats, const char *name)
{
	return number(json_array_get(json_object_get(stats, name), 0), "count");
}

// Sends the frame, takes a turn, and counts the frames that come back.
static unsigned exchange(const struct frame *frame)
{
	struct pkt *pkt = pkt_alloc(wire->pool[0]);
	unsigned replies = 0;

	memcpy(pkt_data(pkt), frame->b, frame->len);
	memcpy(pkt_data(pkt), boot.netifs[0]->mac, 6);
	pkt_set_len(pkt, (uint16_t)frame->len);
	assert_int_equal(wire->ops->tx_burst(wire, 0, &pkt, 1), 1);
	pipeline_turn(&boot.workers[0].pipeline);
	while (wire->ops->rx_burst(wire, 0, &pkt, 1) == 1) {
		replies += !(pkt_data(pkt)[0] & 1); // not what is sent to groups
		pkt_put(pkt);
	}
	return replies;
}

static unsigned say(unsigned port, const char *text)
{
	struct frame frame = frame_udp("10.0.0.9", "10.0.0.2", 1000, port, text);

	return exchange(&frame);
}

static json_int_t drops(const char *name)
{
	json_t *reply = ask("drops"), *row;
	json_int_t count = -1;
	size_t i;

	json_array_foreach (json_object_get(reply, "drops"), i, row)
		if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
			count = number(row, "count");
	json_decref(reply);
	return count;
}

static void test_two_services_side_by_side(void **state)
{
	struct frame arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	json_t *reply;

	assert_int_equal(toys_open(), 0);
	exchange(&arp);
	assert_int_equal(say(7, "hello"), 1);
	assert_int_equal(say(8, "hello"), 1);
	assert_int_equal(say(8, "?"), 0);
	assert_int_equal(say(8, "?"), 0);
	assert_int_equal(say(7, "?"), 0);
	assert_int_equal(say(9, "?"), 1); // an ICMP error
	assert_int_equal(drops("a.asked"), 1);
	assert_int_equal(drops("b.asked"), 2);
	assert_int_equal(drops("a.first"), 0);
	assert_int_equal(drops("udp.no_listener"), 1);

	reply = ask("status");
	assert_int_equal(number(reply, "a"), 7);
	assert_int_equal(number(reply, "b"), 8);
	assert_string_equal(
	        json_string_value(json_object_get(
	                json_array_get(json_object_get(reply, "services"), 2), "version")),
	        "1.b");
	json_decref(reply);
	reply = ask("stats");
	assert_int_equal(served_by(reply, "a"), 2);
	assert_int_equal(served_by(reply, "b"), 3);
	json_decref(reply);
	reply = ask("letter-b");
	assert_string_equal(json_string_value(json_object_get(reply, "letter")), "b");
	json_decref(reply);
	toys_close();
	assert_string_equal(history, "+a+b[a[b]b]a-b-a");
}

static void test_a_service_that_fails_to_open_undoes_those_before_it(void **state)
{
	assert_int_equal(toys_open(), 0);
	toys_close();
	toy_b.fails = true;
	history[0] = '\0';
	assert_int_equal(mem_open("toys", 1, 64, &wire), 0);
	assert_int_equal(
	        boot_open(&boot, &appliance,
	                  &(struct boot_start){.source = boot.start.source, .console_fd = -1},
	                  &why),
	        -EINVAL);
	assert_string_equal(why.text, "b fails");
	toys_close();
	assert_string_equal(history, "+a+b-a");
	toy_b.fails = false;
}

// Names are looked at first, so that nothing has to be undone; tables of metrics when all
// is open.
static void test_an_appliance_with_a_name_twice_does_not_start(void **state)
{
	static const struct service_command stats[] = {{"stats", "", 0, 0, "Ours.", run_letter},
	                                               {0}};
	static const struct service service = {.name = "c", .commands = stats};
	static const struct service *const services[] = {&service, NULL};
	static const struct appliance bad = {.name = "wadi-bad", .services = services};
	struct boot_start start = {.console_fd = -1};

	assert_int_equal(boot_open(&boot, &bad, &start, &why), -EINVAL);
	assert_string_equal(why.text,
	                    "service c: stats is among the commands of every appliance already");
	boot_close(&boot);

	table_of_b = "a";
	assert_int_equal(toys_open(), -EINVAL);
	assert_string_equal(why.text, "service b: a is among the tables of metrics of a already");
	toys_close();
	assert_string_equal(history, "+a+b[a[b]b]a-b-a");
	table_of_b = "b";
}

static int reload(const char *name, json_t **reply)
{
	*reply = json_object();
	return boot_reload(&boot, &(struct boot_reload){.name = name}, *reply, &why);
}

static void test_a_reload_of_two_services(void **state)
{
	json_t *reply;

	assert_int_equal(toys_open(), 0);
	toy_a.port = toy_b.port = 0;
	assert_int_equal(reload(NULL, &reply), 0);
	assert_null(json_object_get(reply, "error"));
	assert_int_equal(toy_a.port + toy_b.port, 15);
	json_decref(reply);

	toy_a.port = toy_b.port = 0;
	toy_a.fails_reload = true; // the other one takes it all the same
	assert_int_equal(reload(NULL, &reply), 0);
	assert_string_equal(json_string_value(json_object_get(reply, "error")), "a: not now");
	assert_int_equal(toy_a.port + toy_b.port, 8);
	json_decref(reply);

	toy_b.fails_reload = true;
	assert_int_equal(reload(NULL, &reply), -EINVAL);
	assert_string_equal(why.text, "not now");
	json_decref(reply);
	toys_close();
}

static void test_one_thing_is_reloaded_by_the_service_that_has_it(void **state)
{
	json_t *reply;

	assert_int_equal(toys_open(), 0);
	assert_int_equal(reload("bee", &reply), 0);
	assert_string_equal(json_string_value(json_object_get(reply, "reloaded")), "bee");
	json_decref(reply);
	assert_int_equal(reload("sea", &reply), -ENOENT);
	assert_string_equal(why.text, "there is no sea");
	json_decref(reply);
	toys_close();
}

static void test_what_services_do_in_one_line(void **state)
{
	char text[64], cut[8];

	assert_int_equal(toys_open(), 0);
	services_describe(&boot.services, text, sizeof(text));
	assert_string_equal(text, "aing, bing");
	services_describe(&boot.services, cut, sizeof(cut));
	assert_string_equal(cut, "aing, b");
	toys_close();
}

struct ports_conf {
	uint64_t echo, silent, absent;
};

static const struct conf_key ports_keys[] = {
        {"echo", CONF_UNSIGNED, offsetof(struct ports_conf, echo), "7", 0, 65535, .help = "?"},
        {"silent", CONF_UNSIGNED, offsetof(struct ports_conf, silent), "8", 0, 65535, .help = "?"},
        {"absent", CONF_UNSIGNED, offsetof(struct ports_conf, absent), "0", 0, 65535, .help = "?"},
        {0},
};
static const struct conf_section ports_section = {sizeof(struct ports_conf), ports_keys};

static void ports_echo(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	assert_int_equal(((const struct service_worker *)ctx)->number, 0);
	for (unsigned i = 0; i < n; i++)
		udp_reply(&dgrams[i], dgrams[i].len);
}

static void ports_silent(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
}

static void ports_status(void *state, json_t *reply)
{
	json_object_set_new(reply, "silent",
	                    json_integer((json_int_t)((struct ports_conf *)state)->silent));
}

static const struct tcp_ops ports_ops = {NULL};
static const struct service_port ports_ports[] = {
        {offsetof(struct ports_conf, echo), ports_echo, NULL, "well?"},
        {offsetof(struct ports_conf, silent), ports_silent, &ports_ops},
        {offsetof(struct ports_conf, absent), ports_silent, &ports_ops},
        {0},
};
static const struct service service_ports = {.name = "p",
                                             .help = "Ports.",
                                             .section = &ports_section,
                                             .ports = ports_ports,
                                             .status = ports_status};
static const struct appliance ports_appliance = {
        .name = "wadi-ports", .services = (const struct service *const[]){&service_ports, NULL}};

static int ports_open(const char *set)
{
	static const char *sets[] = {PORTS, NULL};
	struct boot_start start = {.source = {.sets = sets, .sets_len = 2}, .console_fd = -1};

	sets[1] = set;
	log_init("ports", -1);
	assert_int_equal(mem_open("toys", 1, 64, &wire), 0);
	return boot_open(&boot, &ports_appliance, &start, &why);
}

// A service without functions of its own: its state is the configuration, boot listens.
static void test_a_service_of_ports(void **state)
{
	struct frame arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	struct service_probe probe = {.len = 0};
	char text[64];
	json_t *reply;

	assert_int_equal(ports_open("p.silent=9"), 0);
	exchange(&arp);
	assert_int_equal(say(7, "hello"), 1);
	assert_int_equal(say(9, "hello"), 0);
	assert_int_equal(drops("udp.no_listener"), 0);
	assert_int_equal(say(8, "hello"), 1); // an ICMP error
	services_describe(&boot.services, text, sizeof(text));
	assert_string_equal(text, "serving ports 7, 9");
	reply = ask("status");
	assert_int_equal(number(reply, "silent"), 9);
	json_decref(reply);
	assert_true(probe_fill(&boot.services, boot.services.len - 1, &probe));
	assert_int_equal(probe.port, 7);
	assert_int_equal(probe.len, 5);
	assert_string_equal(probe.text, "5 bytes to port 7");
	toys_close();
}

static void test_ports_that_cannot_be_had(void **state)
{
	struct service_probe probe = {.len = 0};

	assert_int_equal(ports_open("p.silent=7"), -EADDRINUSE);
	assert_string_equal(why.text, "p cannot listen at port 7: Address already in use");
	toys_close();
	assert_int_equal(ports_open("p.echo=0"), 0);
	assert_false(probe_fill(&boot.services, boot.services.len - 1, &probe));
	toys_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_two_services_side_by_side),
	        cmocka_unit_test(test_a_service_that_fails_to_open_undoes_those_before_it),
	        cmocka_unit_test(test_an_appliance_with_a_name_twice_does_not_start),
	        cmocka_unit_test(test_a_reload_of_two_services),
	        cmocka_unit_test(test_one_thing_is_reloaded_by_the_service_that_has_it),
	        cmocka_unit_test(test_what_services_do_in_one_line),
	        cmocka_unit_test(test_a_service_of_ports),
	        cmocka_unit_test(test_ports_that_cannot_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
