// store: the client against scripted bytes, for all that xenstored may send and when, and against a
// whole store with other clients (store_fake.h).
#include "harness.h"

#include "backends/xen/store.h"
#include "store_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

static int peer = -1; // xenstored's end, to which the test writes its messages
static struct store *store;
static struct store_fake *fake;
static char value[STORE_PAYLOAD_BYTES + 1];
static char path[STORE_PATH_BYTES], token[STORE_PATH_BYTES];

static int setup_script(void **state)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	peer = ends[1];
	store = store_open(ends[0]);
	return store ? 0 : -1;
}

static int teardown_script(void **state)
{
	store_close(store);
	if (peer >= 0)
		close(peer);
	return 0;
}

static void begin_again(void **state)
{
	teardown_script(state);
	if (setup_script(state))
		abort();
}

static int setup_fake(void **state)
{
	fake = store_fake_open();
	store = store_open(store_fake_connect(fake, 7));
	return store ? 0 : -1;
}

static int teardown_fake(void **state)
{
	store_close(store);
	store_fake_close(fake);
	return 0;
}

static void say_bytes(const void *bytes, size_t len)
{
	assert_int_equal(write(peer, bytes, len), len);
}

// Writes a message to `out`; returns its length.
static size_t message(char *out, uint32_t type, uint32_t req_id, const char *body, size_t len)
{
	struct xsd_sockmsg head = {.type = type, .req_id = req_id, .len = (uint32_t)len};

	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), body, len);
	return sizeof(head) + len;
}

static void say(uint32_t type, uint32_t req_id, const char *body, size_t len)
{
	char out[sizeof(struct xsd_sockmsg) + STORE_PAYLOAD_BYTES];

	say_bytes(out, message(out, type, req_id, body, len));
}

static void say_event(const char *at, const char *tag)
{
	char body[2 * STORE_PAYLOAD_BYTES];

	say(XS_WATCH_EVENT, 0, body, (size_t)sprintf(body, "%s%c%s", at, 0, tag) + 1);
}

static void hear_event(const char *at, const char *tag)
{
	assert_true(store_event(store, path, token));
	assert_string_equal(path, at);
	assert_string_equal(token, tag);
}

// Reads the last request of the client.
static struct xsd_sockmsg asked(char body[STORE_PAYLOAD_BYTES])
{
	struct xsd_sockmsg head;

	assert_int_equal(read(peer, &head, sizeof(head)), sizeof(head));
	assert_true(head.len <= STORE_PAYLOAD_BYTES);
	if (head.len)
		assert_int_equal(read(peer, body, head.len), head.len);
	return head;
}

static int count_names(size_t *n);

// All functions return -EPROTO from now on, and the descriptor is closed.
static void assert_closed_for_good(void)
{
	uint32_t tx;
	size_t n;

	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPROTO);
	assert_int_equal(store_write(store, 0, "a", "b"), -EPROTO);
	assert_int_equal(store_remove(store, 0, "a"), -EPROTO);
	assert_int_equal(count_names(&n), -EPROTO);
	assert_int_equal(store_begin(store, &tx), -EPROTO);
	assert_int_equal(store_end(store, 1, true), -EPROTO);
	assert_int_equal(store_watch(store, "a", "t"), -EPROTO);
	assert_int_equal(store_unwatch(store, "a", "t"), -EPROTO);
	assert_false(store_event(store, path, token));
	assert_int_equal(store_fd(store), -1);
	assert_false(store_has_event(store));
}

static void a_request_is_what_the_protocol_wants(void **state)
{
	char body[STORE_PAYLOAD_BYTES];
	struct xsd_sockmsg head;

	say(XS_WRITE, 1, "OK", 3);
	assert_int_equal(store_write(store, 9, "a/b", "12"), 0);
	head = asked(body);
	assert_int_equal(head.type, XS_WRITE);
	assert_int_equal(head.tx_id, 9);
	assert_int_equal(head.req_id, 1);
	assert_int_equal(head.len, 6);
	assert_memory_equal(body,
	                    "a/b\0"
	                    "12",
	                    6);
	say(XS_WATCH, 2, "OK", 3);
	assert_int_equal(store_watch(store, "a", "tok"), 0);
	head = asked(body);
	assert_int_equal(head.req_id, 2);
	assert_int_equal(head.len, 6);
	assert_memory_equal(body, "a\0tok", 6); // the token's zero, too
	say(XS_TRANSACTION_END, 3, "OK", 3);
	assert_int_equal(store_end(store, 5, false), 0);
	head = asked(body);
	assert_int_equal(head.tx_id, 5);
	assert_memory_equal(body, "F", 2);
}

static void a_value_is_taken_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *says;
		size_t len, size;
		int err;
	} cases[] = {
	        {"", 0, 1, 0},         {"abc", 3, 4, 0},         {"abc", 3, 3, -E2BIG},
	        {"abc", 3, 1, -E2BIG}, {"a\0b", 3, 100, -E2BIG}, {"abc", 4, 100, -E2BIG},
	        {"a\nb\xff", 4, 5, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		strcpy(value, "untouched");
		say(XS_READ, (uint32_t)i + 1, cases[i].says, cases[i].len);
		assert_int_equal(store_read(store, 0, "a", value, cases[i].size), cases[i].err);
		assert_string_equal(value, cases[i].err ? "untouched" : cases[i].says);
	}
}

static void the_longest_value_is_taken(void **state)
{
	char longest[STORE_PAYLOAD_BYTES];

	memset(longest, 'x', sizeof(longest));
	say(XS_READ, 1, longest, sizeof(longest));
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), 0);
	assert_int_equal(strlen(value), STORE_PAYLOAD_BYTES);
}

static void a_request_that_is_too_long_is_not_sent(void **state)
{
	char body[STORE_PAYLOAD_BYTES];

	memset(value, 'x', STORE_PAYLOAD_BYTES);
	value[STORE_PAYLOAD_BYTES] = '\0';
	assert_int_equal(store_write(store, 0, "a", value), -E2BIG);
	value[STORE_PAYLOAD_BYTES - 2] = '\0'; // with "a" and its zero it fits
	say(XS_WRITE, 1, "OK", 3);
	assert_int_equal(store_write(store, 0, "a", value), 0);
	assert_int_equal(asked(body).len, STORE_PAYLOAD_BYTES);
}

// What is missing or does not fit is "".
static void many_are_read_at_once(void **state)
{
	static const char *const paths[] = {"a", "b", "c"};
	char values[3][STORE_SHORT_BYTES];
	char longer[STORE_SHORT_BYTES];

	memset(longer, 'x', sizeof(longer));
	say(XS_READ, 1, "one", 3);
	say(XS_ERROR, 2, "ENOENT", 7);
	say(XS_READ, 3, longer, sizeof(longer));
	assert_int_equal(store_read_many(store, 0, paths, 3, values), 0);
	assert_string_equal(values[0], "one");
	assert_string_equal(values[1], "");
	assert_string_equal(values[2], "");
}

static void a_lie_among_many_is_nonsense(void **state)
{
	static const char *const paths[] = {"a", "b"};
	char values[2][STORE_SHORT_BYTES];

	say(XS_READ, 1, "one", 3);
	say(XS_DIRECTORY, 2, "two", 3);
	assert_int_equal(store_read_many(store, 0, paths, 2, values), -EPROTO);
}

static void errors_keep_their_names(void **state)
{
	static const struct {
		const char *says;
		int err;
	} cases[] = {{"ENOENT", -ENOENT}, {"EACCES", -EACCES}, {"EAGAIN", -EAGAIN},
	             {"EINVAL", -EINVAL}, {"E2BIG", -E2BIG},   {"EQUOTA", -EIO},
	             {"", -EIO},          {"ENOENTX", -EIO}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		say(XS_ERROR, (uint32_t)i + 1, cases[i].says, strlen(cases[i].says) + 1);
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), cases[i].err);
	}
	say(XS_ERROR, ARRAY_LEN(cases) + 1, "ENOENT", 6); // without its zero
	assert_int_equal(store_remove(store, 0, "a"), 0);
}

static void events_come_in_pieces(void **state)
{
	char out[100];
	size_t len = message(out, XS_WATCH_EVENT, 0, "device/vif\0tok", 15);

	for (size_t cut = 0; cut < len; cut++) {
		say_bytes(out, cut);
		assert_false(store_event(store, path, token));
		say_bytes(out + cut, len - cut);
		hear_event("device/vif", "tok");
		assert_false(store_event(store, path, token));
	}
}

static void a_reply_goes_on_where_an_event_stopped(void **state)
{
	char out[100];
	size_t len = message(out, XS_WATCH_EVENT, 0, "p\0t", 4);

	for (uint32_t cut = 0; cut < len; cut++) {
		say_bytes(out, cut);
		assert_false(store_event(store, path, token));
		say_bytes(out + cut, len - cut);
		say(XS_READ, cut + 1, "v", 1);
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), 0);
		assert_string_equal(value, "v");
		assert_true(store_has_event(store));
		hear_event("p", "t");
		assert_false(store_has_event(store));
	}
}

static void events_between_replies_keep_their_order(void **state)
{
	say_event("a", "1");
	say_event("b", "2");
	say(XS_READ, 1, "v", 1);
	say_event("c", "3");
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), 0);
	hear_event("a", "1");
	hear_event("b", "2");
	hear_event("c", "3");
	assert_false(store_event(store, path, token));
}

static void too_many_events_are_told_as_lost_once(void **state)
{
	char at[16];

	for (int i = 0; i < STORE_EVENTS_MAX + 5; i++) {
		sprintf(at, "n%d", i);
		say_event(at, "t");
	}
	say(XS_READ, 1, "v", 1);
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), 0);
	hear_event("", "");
	for (int i = 0; i < STORE_EVENTS_MAX; i++) {
		sprintf(at, "n%d", i);
		hear_event(at, "t");
	}
	assert_false(store_event(store, path, token));
	say_event("later", "t");
	hear_event("later", "t");
}

// Without a request in between, no event is read for which the queue has no room.
static void events_that_wait_in_the_socket_are_not_lost(void **state)
{
	char at[16];

	for (int i = 0; i < 3 * STORE_EVENTS_MAX; i++) {
		sprintf(at, "n%d", i);
		say_event(at, "t");
	}
	for (int i = 0; i < 3 * STORE_EVENTS_MAX; i++) {
		sprintf(at, "n%d", i);
		hear_event(at, "t");
	}
	assert_false(store_event(store, path, token));
}

static void an_event_longer_than_any_watch_is_told_as_lost(void **state)
{
	char longest[STORE_PATH_BYTES + 1];

	memset(longest, 'p', sizeof(longest));
	longest[STORE_PATH_BYTES] = '\0';
	say_event(longest, "t");
	hear_event("", "");
	say_event("p", longest);
	hear_event("", "");
	longest[STORE_PATH_BYTES - 1] = '\0';
	say_event(longest, longest);
	hear_event(longest, longest);
}

static void an_event_without_its_zeros_is_nonsense(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} cases[] = {{"", 0}, {"", 1}, {"abc", 3}, {"abc", 4}, {"abc\0def", 7}, {"\0a", 2}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		say(XS_WATCH_EVENT, 0, cases[i].body, cases[i].len);
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPROTO);
		assert_closed_for_good();
		begin_again(state);
	}
	say(XS_WATCH_EVENT, 0, "", 1); // also when no request waits
	assert_false(store_event(store, path, token));
	assert_closed_for_good();
}

static void a_reply_of_another_kind_is_nonsense(void **state)
{
	static const struct {
		uint32_t type, req_id;
	} cases[] = {{XS_WRITE, 1},   {XS_DIRECTORY, 1}, {UINT32_MAX, 1}, {XS_READ, 2},
	             {XS_READ, 1001}, {XS_ERROR, 2},     {XS_WATCH, 1}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		say(cases[i].type, cases[i].req_id, "v", 1);
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPROTO);
		assert_closed_for_good();
		begin_again(state);
	}
}

static void a_length_beyond_the_protocols_is_nonsense(void **state)
{
	static const uint32_t lens[] = {STORE_PAYLOAD_BYTES + 1, INT32_MAX, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct xsd_sockmsg head = {.type = XS_READ, .req_id = 1, .len = lens[i]};

		say_bytes(&head, sizeof(head));
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPROTO);
		assert_closed_for_good();
		begin_again(state);
	}
}

static void the_end_of_the_connection_is_nonsense(void **state)
{
	char out[100];
	size_t len = message(out, XS_READ, 1, "value", 5);

	for (size_t cut = 0; cut < len; cut++) {
		say_bytes(out, cut);
		shutdown(peer, SHUT_WR);
		assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPROTO);
		assert_closed_for_good();
		begin_again(state);
	}
	shutdown(peer, SHUT_WR);
	assert_false(store_event(store, path, token));
	assert_closed_for_good();
}

static void a_store_that_is_gone_is_an_error(void **state)
{
	close(peer);
	peer = -1;
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -EPIPE);
}

static void silence_ends_and_the_late_reply_is_skipped(void **state)
{
	store_wait(store, 20);
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -ETIMEDOUT);
	store_wait(store, 5000);
	say(XS_READ, 1, "late", 4);
	say(XS_ERROR, 1, "ENOENT", 7);
	say_event("p", "t");
	say(XS_READ, 2, "mine", 4);
	assert_int_equal(store_read(store, 0, "b", value, sizeof(value)), 0);
	assert_string_equal(value, "mine");
	hear_event("p", "t");
}

static void a_late_reply_is_no_event(void **state)
{
	store_wait(store, 20);
	assert_int_equal(store_read(store, 0, "a", value, sizeof(value)), -ETIMEDOUT);
	say(XS_READ, 1, "late", 4);
	assert_false(store_event(store, path, token));
	say_event("p", "t");
	hear_event("p", "t");
}

static void nobody_who_takes_requests_is_an_error(void **state)
{
	int err = 0, small = 1;

	assert_int_equal(setsockopt(store_fd(store), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)),
	                 0);
	memset(value, 'x', STORE_PAYLOAD_BYTES);
	value[STORE_PAYLOAD_BYTES - 2] = '\0';
	store_wait(store, 5);
	for (int i = 0; i < 100 && (err == 0 || err == -ETIMEDOUT); i++) {
		err = store_write(store, 0, "a", value);
		assert_true(err == -ETIMEDOUT || err == -EPROTO);
		if (store_fd(store) < 0)
			assert_closed_for_good(); // a part of the request was sent
	}
}

static void a_transactions_number_is_checked(void **state)
{
	static const struct {
		const char *says;
		uint32_t tx; // 0: malformed
	} cases[] = {
	        {"1", 1},          {"4294967295", UINT32_MAX},     {"0", 0}, {"", 0}, {"12x", 0},
	        {"4294967296", 0}, {"99999999999999999999999", 0}, {"-1", 0}};
	uint32_t tx = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		say(XS_TRANSACTION_START, 1, cases[i].says, strlen(cases[i].says) + 1);
		assert_int_equal(store_begin(store, &tx), cases[i].tx ? 0 : -EPROTO);
		if (cases[i].tx)
			assert_int_equal(tx, cases[i].tx);
		else
			assert_closed_for_good();
		begin_again(state);
	}
}

// The names passed to the callback, joined; it stops at the name "stop".
struct names {
	char text[64];
	size_t n;
};

static bool add_name(void *ctx, const char *name)
{
	struct names *names = ctx;

	names->n++;
	strcat(strcat(names->text, name), ",");
	return strcmp(name, "stop") != 0;
}

static int count_names(size_t *n)
{
	struct names names = {.n = 0};
	int err = store_list(store, 0, "a", add_name, &names);

	*n = names.n;
	return err;
}

static void children_are_told_one_by_one(void **state)
{
	static const struct {
		const char *says;
		size_t len;
		const char *told;
	} cases[] = {
	        {"", 0, ""},
	        {"a\0", 2, "a,"},
	        {"a\0bc\0d\0", 7, "a,bc,d,"},
	        {"a\0bc", 4, "a,bc,"}, // without its last zero
	        {"a\0\0b\0", 5, "a,,b,"},
	        {"a\0stop\0b\0", 9, "a,stop,"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct names names = {.n = 0};

		say(XS_DIRECTORY, (uint32_t)i + 1, cases[i].says, cases[i].len);
		assert_int_equal(store_list(store, 0, "a", add_name, &names), 0);
		assert_string_equal(names.text, cases[i].told);
	}
}

static bool read_child(void *ctx, const char *name)
{
	char child[32];

	snprintf(child, sizeof(child), "list/%s", name);
	assert_int_equal(store_read(store, 0, child, value, sizeof(value)), 0);
	strcat(strcat(ctx, value), ",");
	return true;
}

static void the_store_may_be_used_while_children_are_told(void **state)
{
	char told[32] = "";

	store_fake_set(fake, "/local/domain/7/list/x", "1");
	store_fake_set(fake, "/local/domain/7/list/y", "2");
	assert_int_equal(store_list(store, 0, "list", read_child, told), 0);
	assert_string_equal(told, "1,2,");
}

static void paths_are_ours_or_absolute(void **state)
{
	assert_int_equal(store_write(store, 0, "a/b", "1"), 0);
	assert_true(store_fake_get(fake, "/local/domain/7/a/b", value, sizeof(value)));
	assert_string_equal(value, "1");
	store_fake_set(fake, "/local/domain/0/name", "Domain-0");
	assert_int_equal(store_read(store, 0, "/local/domain/0/name", value, sizeof(value)), 0);
	assert_string_equal(value, "Domain-0");
	assert_int_equal(store_read(store, 0, "none", value, sizeof(value)), -ENOENT);
	assert_int_equal(store_remove(store, 0, "a"), 0);
	assert_false(store_fake_get(fake, "/local/domain/7/a/b", value, sizeof(value)));
	assert_int_equal(store_remove(store, 0, "a"), 0);
}

static void await_event(const char *at, const char *tag)
{
	struct pollfd fd = {.fd = store_fd(store), .events = POLLIN};

	if (!store_has_event(store))
		assert_int_equal(poll(&fd, 1, 60000), 1);
	hear_event(at, tag);
}

static void watches_tell_of_the_node_and_what_is_below(void **state)
{
	assert_int_equal(store_watch(store, "dev", "w"), 0);
	await_event("dev", "w"); // immediately
	store_fake_set(fake, "/local/domain/7/dev/0/state", "1");
	await_event("dev/0/state", "w");
	store_fake_remove(fake, "/local/domain/7/dev");
	await_event("dev", "w");
	store_fake_set(fake, "/local/domain/7/device", "not below");
	store_fake_set(fake, "/local/domain/7/dev", "2");
	await_event("dev", "w");
	assert_int_equal(store_unwatch(store, "dev", "w"), 0);
	store_fake_set(fake, "/local/domain/7/dev", "3");
	assert_int_equal(store_read(store, 0, "dev", value, sizeof(value)), 0);
	assert_string_equal(value, "3");
	assert_false(store_event(store, path, token));
	assert_int_equal(store_unwatch(store, "dev", "w"), -ENOENT);
}

static void a_transaction_is_all_or_nothing(void **state)
{
	uint32_t tx = 0;

	assert_int_equal(store_begin(store, &tx), 0);
	assert_int_equal(store_write(store, tx, "k", "1"), 0);
	assert_false(store_fake_get(fake, "/local/domain/7/k", value, sizeof(value)));
	assert_int_equal(store_end(store, tx, false), 0);
	assert_false(store_fake_get(fake, "/local/domain/7/k", value, sizeof(value)));

	assert_int_equal(store_begin(store, &tx), 0);
	assert_int_equal(store_write(store, tx, "k", "2"), 0);
	store_fake_set(fake, "/local/domain/7/k", "theirs");
	assert_int_equal(store_end(store, tx, true), -EAGAIN);
	assert_true(store_fake_get(fake, "/local/domain/7/k", value, sizeof(value)));
	assert_string_equal(value, "theirs");

	assert_int_equal(store_begin(store, &tx), 0);
	assert_int_equal(store_remove(store, tx, "k"), 0);
	assert_int_equal(store_write(store, tx, "l", "3"), 0);
	assert_int_equal(store_end(store, tx, true), 0);
	assert_false(store_fake_get(fake, "/local/domain/7/k", value, sizeof(value)));
	assert_true(store_fake_get(fake, "/local/domain/7/l", value, sizeof(value)));
}

static void replies_come_byte_by_byte(void **state)
{
	store_fake_lie(fake, STORE_FAKE_SLOW);
	assert_int_equal(store_watch(store, "s", "t"), 0);
	for (int i = 0; i < 50; i++) {
		char text[16];

		sprintf(text, "value-%d", i);
		assert_int_equal(store_write(store, 0, "s", text), 0);
		assert_int_equal(store_read(store, 0, "s", value, sizeof(value)), 0);
		assert_string_equal(value, text);
	}
}

// Protocol violations of the fake store, each on a connection of its own.
static void a_lying_store_is_believed_no_more(void **state)
{
	static const enum store_fake_lie lies[] = {STORE_FAKE_REQ_ID, STORE_FAKE_TYPE,
	                                           STORE_FAKE_LEN, STORE_FAKE_CUT};

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		store_fake_lie(fake, lies[i]);
		assert_int_equal(store_write(store, 0, "k", "1"), -EPROTO);
		assert_closed_for_good();
		store_close(store);
		store_fake_lie(fake, STORE_FAKE_HONEST);
		store = store_open(store_fake_connect(fake, 7));
		assert_int_equal(store_write(store, 0, "k", "1"), 0);
	}
}

static void closing_nothing_is_fine(void **state)
{
	store_close(NULL);
}

#define SCRIPT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_script, teardown_script)
#define FAKE_TEST(fn)   cmocka_unit_test_setup_teardown(fn, setup_fake, teardown_fake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        SCRIPT_TEST(a_request_is_what_the_protocol_wants),
	        SCRIPT_TEST(a_value_is_taken_whole_or_not_at_all),
	        SCRIPT_TEST(the_longest_value_is_taken),
	        SCRIPT_TEST(a_request_that_is_too_long_is_not_sent),
	        SCRIPT_TEST(many_are_read_at_once),
	        SCRIPT_TEST(a_lie_among_many_is_nonsense),
	        SCRIPT_TEST(errors_keep_their_names),
	        SCRIPT_TEST(events_come_in_pieces),
	        SCRIPT_TEST(a_reply_goes_on_where_an_event_stopped),
	        SCRIPT_TEST(events_between_replies_keep_their_order),
	        SCRIPT_TEST(too_many_events_are_told_as_lost_once),
	        SCRIPT_TEST(events_that_wait_in_the_socket_are_not_lost),
	        SCRIPT_TEST(an_event_longer_than_any_watch_is_told_as_lost),
	        SCRIPT_TEST(an_event_without_its_zeros_is_nonsense),
	        SCRIPT_TEST(a_reply_of_another_kind_is_nonsense),
	        SCRIPT_TEST(a_length_beyond_the_protocols_is_nonsense),
	        SCRIPT_TEST(the_end_of_the_connection_is_nonsense),
	        SCRIPT_TEST(a_store_that_is_gone_is_an_error),
	        SCRIPT_TEST(silence_ends_and_the_late_reply_is_skipped),
	        SCRIPT_TEST(a_late_reply_is_no_event),
	        SCRIPT_TEST(nobody_who_takes_requests_is_an_error),
	        SCRIPT_TEST(a_transactions_number_is_checked),
	        SCRIPT_TEST(children_are_told_one_by_one),
	        FAKE_TEST(the_store_may_be_used_while_children_are_told),
	        FAKE_TEST(paths_are_ours_or_absolute),
	        FAKE_TEST(watches_tell_of_the_node_and_what_is_below),
	        FAKE_TEST(a_transaction_is_all_or_nothing),
	        FAKE_TEST(replies_come_byte_by_byte),
	        FAKE_TEST(a_lying_store_is_believed_no_more),
	        cmocka_unit_test(closing_nothing_is_fine),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
