// http_origin: an appliance as a client on virtual time: a server of bytes that the tests write,
// which answers, ends early, is silent, or says what is no HTTP. Every page is home at the end.
#include "sim.h"

#include "apps/http/http_origin.h"

#include <stdio.h>
#include <stdlib.h>

#define CALLS     4
#define BIG_BYTES (1 << 20)
#define PORT      80
#define LOG_BYTES 2048

static struct sim sim;

// What the server does when it has a request. An answer of NULL: nothing; then, or behind the
// answer, the connection goes on, or ends in one way.
enum then { KEEP, END, RESET };
struct turn {
	const char *request; // how it begins
	const char *answer;
	enum then then;
};

static struct {
	struct channels *channels;
	const struct turn *turns;
	unsigned turns_len, turn, opened;
	char got[4096];
	uint32_t got_len;
	uint64_t bytes; // of content, of a big request
	bool big;
} server;

static struct {
	struct channels *channels;
	struct http_origin *origin;
	struct http_limits limits;
	struct http_origin_call call[CALLS];
	char log[LOG_BYTES];
	unsigned again; // calls that `done` begins
} app;

static void note(const char *text, size_t len)
{
	size_t at = strlen(app.log);

	assert_true(at + len < LOG_BYTES);
	memcpy(app.log + at, text, len);
	app.log[at + len] = '\0';
}

static void on_response(struct http_origin_call *call, const struct http_response *response,
                        mono_t now)
{
	char text[16];

	note(text, (size_t)snprintf(text, sizeof(text), "%u ", response->status));
}

static void on_content(struct http_origin_call *call, struct span piece, mono_t now)
{
	note((const char *)piece.p, span_left(&piece));
}

static void on_done(struct http_origin_call *call, enum http_origin_end end, const char *why,
                    mono_t now)
{
	static const char *const ends[] = {[HTTP_ORIGIN_DONE] = "done",
	                                   [HTTP_ORIGIN_MALFORMED] = "malformed",
	                                   [HTTP_ORIGIN_UNREACHED] = "unreached",
	                                   [HTTP_ORIGIN_LOST] = "lost",
	                                   [HTTP_ORIGIN_REFUSED] = "refused"};

	note("<", 1);
	note(ends[end], strlen(ends[end]));
	if (*why)
		note(": ", 2);
	note(why, strlen(why));
	note(">", 1);
	if (app.again) {
		app.again--;
		http_origin_begin(app.origin, call);
	}
}

static struct http_origin_call *ask(unsigned number, const char *method, const char *target,
                                    const char *content)
{
	struct http_origin_call *call = &app.call[number];

	*call = (struct http_origin_call){.request = {.method = method,
	                                              .target = target,
	                                              .content = content,
	                                              .content_len = content ? strlen(content) : 0},
	                                  .response = on_response,
	                                  .content = on_content,
	                                  .done = on_done};
	http_origin_begin(app.origin, call);
	return call;
}

static void server_answer(struct channel *channel)
{
	const struct turn *turn = &server.turns[server.turn++];
	uint32_t len = turn->answer ? (uint32_t)strlen(turn->answer) : 0;

	if (strncmp(server.got, turn->request, strlen(turn->request)) != 0)
		fail_msg("turn %u: not \"%s\": %s", server.turn, turn->request, server.got);
	server.got_len = 0;
	if (len)
		assert_int_equal(channel_write(channel, turn->answer, len), len);
	if (turn->then == END)
		channel_close(channel);
	if (turn->then == RESET)
		channel_abort(channel);
}

static void server_opened(void *ctx, struct channel *channel, mono_t now)
{
	server.opened++;
	server.got_len = 0;
}

// Requests end with a blank line, or with "!" as the last byte of content.
static void server_readable(void *ctx, struct channel *channel, mono_t now)
{
	uint32_t n;

	while ((n = channel_read(channel, server.got + server.got_len,
	                         (uint32_t)sizeof(server.got) - 1 - server.got_len)) > 0) {
		server.bytes += n;
		server.got_len += n;
		server.got[server.got_len] = '\0';
		if (server.big && server.got_len > 1024)
			server.got_len = 1024; // the head is known
		if (server.turn < server.turns_len &&
		    (server.big ? server.bytes > BIG_BYTES
		                : strstr(server.got, "\r\n\r\n") &&
		                          (!strstr(server.got, "Content-Length") ||
		                           server.got[server.got_len - 1] == '!')))
			server_answer(channel);
	}
	if (channel_ended(channel))
		channel_close(channel);
}

static const struct channel_ops server_ops = {.opened = server_opened, .readable = server_readable};

static int connect_from(void *ctx, const struct channels_connect_conf *conf,
                        struct channel **channel, mono_t now)
{
	return channels_connect(app.channels, conf, channel, now);
}

static struct channels *table_open(struct node *node, uint32_t len)
{
	const struct channels_conf conf = {.tcp = stack_tcp(node->stack),
	                                   .wheel = &node->pipeline.wheel,
	                                   .metric = &node->metric,
	                                   .channels = len,
	                                   .buffer_bytes = 64};
	struct channels *channels = channels_open(&conf);

	assert_non_null(channels);
	return channels;
}

static void lab_open(const struct turn *turns, unsigned turns_len)
{
	struct http_origin_conf conf = {.connect = connect_from,
	                                .server = {.remote_port = PORT, .timeout_us = 5 * SEC_US},
	                                .host = "server.example",
	                                .limits = &app.limits,
	                                .wheel = &sim.client.pipeline.wheel};
	const struct channels_listener_conf listener = {
	        .port = PORT, .backlog = 4, .ops = &server_ops};
	struct why why;

	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	memset(&server, 0, sizeof(server));
	memset(&app, 0, sizeof(app));
	app.limits = http_limits_default;
	server.turns = turns;
	server.turns_len = turns_len;
	server.channels = table_open(&sim.server, 4);
	app.channels = table_open(&sim.client, 1);
	assert_int_equal(channels_listen(server.channels, &listener), 0);
	assert_true(addr_parse("10.0.0.2", &conf.server.remote));
	app.origin = http_origin_open(&conf, &why);
	assert_non_null(app.origin);
}

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static void lab_close(void)
{
	http_origin_close(app.origin);
	run_ms(100);
	channels_close(app.channels, sim.now);
	channels_close(server.channels, sim.now);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	sim_close(&sim);
}

#define HEAD(rest)       "HTTP/1.1 200 OK\r\n" rest "\r\n"
#define OK(text, length) HEAD("Content-Length: " length "\r\n") text
#define A                "GET /a HTTP/1.1\r\nHost: server.example\r\n\r\n"
#define B                "GET /b HTTP/1.1\r\n"
#define P                "POST /p HTTP/1.1\r\nHost: server.example\r\nContent-Length: 3\r\n\r\nab!"

// Two calls, "G" of /a, "P" of /p with content, then "g" of /b or "p"; what was told of them, and
// how many connections there were.
static const struct {
	const char *calls;
	struct turn turns[4];
	const char *log;
	unsigned opened;
} cases[] = {
        {"Gg", {{A, OK("one", "3")}, {B, OK("two", "3")}}, "200 one<done>200 two<done>", 1},
        {"Pg", {{P, OK("one", "3")}, {B, OK("two", "3")}}, "200 one<done>200 two<done>", 1},
        {"Gg",
         {{A, HEAD("Transfer-Encoding: chunked\r\n") "3\r\none\r\n0\r\n\r\n"}, {B, OK("", "0")}},
         "200 one<done>200 <done>",
         1},
        // The server ends the connection behind a response, as it said, or as content ends.
        {"Gg",
         {{A, HEAD("Content-Length: 3\r\nConnection: close\r\n") "one", END}, {B, OK("two", "3")}},
         "200 one<done>200 two<done>",
         2},
        {"Gg",
         {{A, HEAD("") "until the end", END}, {B, OK("two", "3")}},
         "200 until the end<done>200 two<done>",
         2},
        // It says nothing of it: what is safe is sent again, once.
        {"Gg",
         {{A, OK("one", "3")}, {B, NULL, END}, {B, OK("two", "3")}},
         "200 one<done>200 two<done>",
         2},
        {"Gg",
         {{A, OK("one", "3")}, {B, NULL, RESET}, {B, OK("two", "3")}},
         "200 one<done>200 two<done>",
         2},
        {"Gg",
         {{A, OK("one", "3")}, {B, NULL, END}, {B, NULL, END}},
         "200 one<done><lost: the server ended the connection>",
         2},
        {"Gp",
         {{A, OK("one", "3")}, {P, NULL, END}},
         "200 one<done><lost: the server ended the connection>",
         1},
        {"G", {{A, NULL, RESET}}, "<lost: the server reset the connection>", 1},
        // Within a response.
        {"Gg",
         {{A, HEAD("Content-Length: 9\r\n") "one", END}, {B, OK("two", "3")}},
         "200 one<refused: the connection ended within a response>200 two<done>",
         2},
        {"Gg",
         {{A, "HTTP/1.1 200 OK\r\nCont", END}, {B, OK("two", "3")}},
         "<refused: the connection ended within a response>200 two<done>",
         2},
        // What is no HTTP.
        {"Gg",
         {{A, "SSH-2.0-x\r\n\r\n"}, {B, OK("two", "3")}},
         "<refused: the status line is not a version, a status of 100 to 599 and a phrase>200 "
         "two<done>",
         2},
        {"Gg", {{A, OK("one", "3") "more"}, {B, OK("two", "3")}}, "200 one<done>200 two<done>", 2},
        {"Gg",
         {{A, "HTTP/1.1 103 Early\r\n\r\n" OK("one", "3")}, {B, OK("two", "3")}},
         "200 one<done>200 two<done>",
         1},
};

static void begin(unsigned number, char call)
{
	ask(number, call == 'P' || call == 'p' ? "POST" : "GET",
	    call == 'G'   ? "/a"
	    : call == 'g' ? "/b"
	                  : "/p",
	    call == 'P' || call == 'p' ? "ab!" : NULL);
}

// Both calls at once, or one after the other.
static void test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases) * 2; i++) {
		size_t n = i / 2, len = 0;

		while (len < 4 && cases[n].turns[len].request)
			len++;
		lab_open(cases[n].turns, (unsigned)len);
		for (unsigned k = 0; cases[n].calls[k]; k++) {
			begin(k, cases[n].calls[k]);
			run_ms(i % 2 ? 200 : 0);
		}
		run_ms(500);
		if (strcmp(app.log, cases[n].log) != 0 || server.opened != cases[n].opened)
			fail_msg("case %zu: %u connections, %s", i, server.opened, app.log);
		lab_close();
	}
}

static void test_not_reached(void **state)
{
	lab_open(NULL, 0);
	assert_int_equal(channels_unlisten(server.channels, (struct addr){0}, PORT), 0);
	begin(0, 'G');
	begin(1, 'g');
	assert_string_equal(app.log, "");
	run_ms(100);
	assert_string_equal(app.log,
	                    "<unreached: nothing listens there><unreached: nothing listens there>");
	lab_close();
}

// The only channel is another one's.
static void test_no_channel(void **state)
{
	struct channels_connect_conf other = {.remote_port = PORT};
	static const struct channel_ops none;
	struct channel *channel;

	lab_open(NULL, 0);
	other.ops = &none;
	assert_true(addr_parse("10.0.0.2", &other.remote));
	assert_int_equal(channels_connect(app.channels, &other, &channel, sim.now), 0);
	begin(0, 'G');
	assert_string_equal(app.log, "");
	run_ms(10);
	assert_string_equal(app.log,
	                    "<unreached: there is no way to the server, or no connection is free>");
	channel_abort(channel);
	lab_close();
}

static void test_malformed(void **state)
{
	static const struct turn turns[] = {{A, OK("one", "3"), KEEP}};
	static const struct http_origin_field split = {"X", "a\r\nHost: b"};

	lab_open(turns, ARRAY_LEN(turns));
	ask(0, "GET", "/a b", NULL);
	ask(1, "GET", "/a", NULL);
	app.call[1].request.fields = &split;
	app.call[1].request.fields_len = 1;
	begin(2, 'G');
	run_ms(100);
	assert_string_equal(app.log,
	                    "<malformed: the method, the target, the host or a field is malformed>"
	                    "<malformed: the method, the target, the host or a field is malformed>"
	                    "200 one<done>");
	lab_close();
}

static void test_silence(void **state)
{
	static const struct turn turns[] = {{A, NULL, KEEP}, {B, "HTTP/1.1 200 O", KEEP}};

	lab_open(turns, ARRAY_LEN(turns));
	begin(0, 'G');
	run_ms(9900);
	assert_string_equal(app.log, "");
	run_ms(200);
	assert_string_equal(app.log, "<refused: the head did not come within head_us>");
	begin(1, 'g');
	run_ms(10200);
	assert_string_equal(app.log, "<refused: the head did not come within head_us>"
	                             "<refused: the head did not come within head_us>");
	lab_close();
}

// A connection without calls ends after idle_us, and the next call has another one.
static void test_idle(void **state)
{
	static const struct turn turns[] = {{A, OK("one", "3"), KEEP}, {B, OK("two", "3"), KEEP}};

	lab_open(turns, ARRAY_LEN(turns));
	begin(0, 'G');
	run_ms(61000);
	begin(1, 'g');
	run_ms(100);
	assert_string_equal(app.log, "200 one<done>200 two<done>");
	assert_int_equal(server.opened, 2);
	lab_close();
}

static void test_big_content(void **state)
{
	static const struct turn turns[] = {{"PUT /p HTTP/1.1\r\n", OK("one", "3"), KEEP}};
	char *content = malloc(BIG_BYTES + 1);

	memset(content, 'x', BIG_BYTES);
	content[BIG_BYTES] = '\0';
	lab_open(turns, ARRAY_LEN(turns));
	server.big = true;
	ask(0, "PUT", "/p", content);
	run_ms(5000);
	assert_string_equal(app.log, "200 one<done>");
	lab_close();
	free(content);
}

static void test_cancel(void **state)
{
	static const struct turn turns[] = {{A, NULL, KEEP}, {B, OK("two", "3"), KEEP}};
	struct http_origin_call *one, *two;

	lab_open(turns, ARRAY_LEN(turns));
	one = ask(0, "GET", "/a", NULL);
	two = ask(1, "GET", "/never", NULL);
	begin(2, 'g');
	run_ms(100);
	http_origin_cancel(app.origin, two);
	http_origin_cancel(app.origin, one);
	http_origin_cancel(app.origin, one);
	memset(one, 0x55, sizeof(*one)); // they are the caller's
	memset(two, 0x55, sizeof(*two));
	run_ms(100);
	assert_string_equal(app.log, "200 two<done>");
	assert_int_equal(server.opened, 2);
	lab_close();
}

static void test_begins_within_done(void **state)
{
	static const struct turn turns[] = {
	        {A, OK("one", "3"), KEEP}, {A, OK("two", "3"), KEEP}, {A, NULL, END}};

	lab_open(turns, ARRAY_LEN(turns));
	app.again = 2;
	begin(0, 'G');
	run_ms(300);
	assert_int_equal(server.opened, 2); // and the last was sent again
	assert_string_equal(app.log, "200 one<done>200 two<done>");
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),
	        cmocka_unit_test(test_not_reached),
	        cmocka_unit_test(test_no_channel),
	        cmocka_unit_test(test_malformed),
	        cmocka_unit_test(test_silence),
	        cmocka_unit_test(test_idle),
	        cmocka_unit_test(test_big_content),
	        cmocka_unit_test(test_cancel),
	        cmocka_unit_test(test_begins_within_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
