// The writer of server-sent events: tables of calls and what a client makes of their text; random
// calls, cut into pieces of any size. The client here follows HTML section 9.2.6 line by line;
// Chromium's EventSource reads the same writer's streams in tests/net.
#include "harness.h"

#include "core/rand.h"
#include "proto/write/write_event.h"
#include "proto/write/write_json.h"
#include "proto/write/write_utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM_BYTES 65536

static struct write_out out;
static uint8_t room[ROOM_BYTES];

static bool next_piece(void *ctx, struct fill *fill)
{
	size_t piece_bytes = *(size_t *)ctx;
	size_t n = size_min(piece_bytes, (size_t)(room + ROOM_BYTES - fill->end));

	*fill = fill_of(fill->p, n);
	return n > 0;
}

static void begin(struct write_event *event, size_t *piece_bytes)
{
	out = (struct write_out){fill_of(room, 0), next_piece, piece_bytes, false};
	write_event_init(event, &out);
}

// What a client has of a stream.
struct client {
	char log[ROOM_BYTES]; // "id|event|data;" for each event dispatched
	size_t log_len;
	char id[256], type[256], data[ROOM_BYTES];
	size_t data_len;
	unsigned long retry;
};

static void client_note(struct client *client, const char *text, size_t len)
{
	assert_true(client->log_len + len < sizeof(client->log));
	memcpy(client->log + client->log_len, text, len);
	client->log[client->log_len += len] = 0;
}

static void client_dispatch(struct client *client)
{
	if (client->data_len > 0) {
		client_note(client, client->id, strlen(client->id));
		client_note(client, "|", 1);
		client_note(client, client->type, strlen(client->type));
		client_note(client, "|", 1);
		client_note(client, client->data, client->data_len - 1);
		client_note(client, ";", 1);
	}
	client->data_len = 0;
	client->type[0] = 0;
}

static void client_field(struct client *client, const char *name, const char *value)
{
	size_t len = strlen(value);

	if (strcmp(name, "data") == 0) {
		memcpy(client->data + client->data_len, value, len);
		client->data_len += len;
		client->data[client->data_len++] = '\n';
	} else if (strcmp(name, "event") == 0) {
		snprintf(client->type, sizeof(client->type), "%s", value);
	} else if (strcmp(name, "id") == 0) {
		snprintf(client->id, sizeof(client->id), "%s", value);
	} else {
		assert_string_equal(name, "retry");
		client->retry = strtoul(value, NULL, 10);
	}
}

static void client_line(struct client *client, char *line)
{
	char *colon = strchr(line, ':');

	if (*line == 0) {
		client_dispatch(client);
		return;
	}
	assert_non_null(colon);
	*colon++ = 0;
	if (*line)
		client_field(client, line, colon + (*colon == ' '));
}

// Reads all that was written.
static const char *client_read(struct client *client)
{
	char *text = (char *)room, *end = (char *)out.fill.p;

	assert_false(out.full);
	client->log_len = client->data_len = 0;
	client->log[0] = client->id[0] = client->type[0] = 0;
	client->retry = 0;
	for (char *p = text; p < end; p++) {
		if (*p == '\r' || *p == '\n') {
			bool pair = *p == '\r' && p + 1 < end && p[1] == '\n';

			*p = 0;
			client_line(client, text);
			p += pair;
			text = p + 1;
		}
	}
	return client->log;
}

static struct client client;

struct row {
	const char *data, *got; // of the client
};

static void test_data(void **state)
{
	static const struct row rows[] = {
	        {"a", "||a;"},
	        {"", "||;"},
	        {"a\nb", "||a\nb;"},
	        {"a\r\nb", "||a\nb;"},
	        {"a\rb", "||a\nb;"},
	        {"a\n\nb", "||a\n\nb;"},
	        {"a\r\r\nb", "||a\n\nb;"},
	        {"\n", "||\n;"},
	        {"a\n", "||a\n;"},
	        {" a", "|| a;"},
	        {"data: b\nid: c\n\nevent: d", "||data: b\nid: c\n\nevent: d;"},
	        {"\xff", "||\xef\xbf\xbd;"},
	        {"\xc3\xa4", "||\xc3\xa4;"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t cut = 0; cut <= strlen(rows[i].data); cut++) {
			size_t piece_bytes = cut + 1, len = strlen(rows[i].data);
			struct write_event event;

			if ((rows[i].data[cut] & 0xc0) == 0x80)
				continue; // within a character
			begin(&event, &piece_bytes);
			write_event_data(&event, span_of(rows[i].data, cut));
			write_event_data(&event, span_of(rows[i].data + cut, len - cut));
			assert_true(write_event_end(&event));
			assert_false(event.refused);
			assert_string_equal(client_read(&client), rows[i].got);
		}
}

static void test_fields(void **state)
{
	size_t piece_bytes = 3;
	struct write_event event;

	(void)state;
	begin(&event, &piece_bytes);
	assert_true(write_event_retry(&event, 2500));
	assert_true(write_event_end(&event)); // without data: nothing is dispatched
	assert_true(write_event_heartbeat(&event));
	assert_true(write_event_id(&event, span_of("7", 1)));
	assert_true(write_event_name(&event, "rates"));
	write_event_data(&event, span_of("a", 1));
	assert_true(write_event_end(&event));
	write_event_data(&event, span_of("b", 1));
	assert_true(write_event_end(&event));
	assert_string_equal(client_read(&client), "7|rates|a;7||b;");
	assert_int_equal(client.retry, 2500);
	assert_false(event.refused);
}

// A writer of JSON has the line to itself.
static void test_json(void **state)
{
	size_t piece_bytes = 5;
	struct write_event event;
	struct write_json json;

	(void)state;
	begin(&event, &piece_bytes);
	write_event_line(&event);
	write_json_init(&json, &out);
	write_json_object(&json);
	write_json_key(&json, "a\n");
	write_json_text(&json, "\r\n\ndata: x");
	assert_true(write_json_end(&json));
	assert_true(write_event_end(&event));
	assert_string_equal(client_read(&client),
	                    "||{\"a\\u000a\":\"\\u000d\\u000a\\u000adata: x\"};");
}

static void test_refused(void **state)
{
	size_t piece_bytes = 100;
	struct write_event event;

	(void)state;
	begin(&event, &piece_bytes);
	assert_false(write_event_end(&event));
	assert_true(event.refused);
	assert_false(write_event_id(&event, span_of("a\nb", 3)));
	assert_false(write_event_id(&event, span_of("a\rb", 3)));
	assert_false(write_event_id(&event, span_of("a\0b", 3)));
	assert_false(write_event_name(&event, "a\ndata: b"));
	assert_int_equal(fill_len(&out.fill), 0);
	write_event_data(&event, span_of("a", 1));
	assert_false(write_event_id(&event, span_of("b", 1)));
	assert_false(write_event_name(&event, "b"));
	assert_false(write_event_retry(&event, 1));
	assert_false(write_event_heartbeat(&event));
	assert_true(write_event_end(&event));
	assert_string_equal(client_read(&client), "||a;");
}

// Text that finds no room is lost, and `full` says so.
static void test_no_room(void **state)
{
	struct write_event event;

	(void)state;
	out = (struct write_out){.fill = fill_of(room, 8)};
	write_event_init(&event, &out);
	write_event_data(&event, span_of("abcdef", 6));
	assert_true(write_event_end(&event));
	assert_true(out.full);
	assert_memory_equal(room, "data: ab", 8);
}

// Text of a few characters, of those that matter.
static size_t random_text(struct rand *rand, char *text)
{
	static const char letters[] = "a:\n\r d\xff\xc3\xa4";
	size_t len = rand_below(rand, 12);

	for (size_t i = 0; i < len; i++)
		text[i] = letters[rand_below(rand, sizeof(letters) - 1)];
	return len;
}

// What the client is to have of one call's data: LF for each end of a line, U+FFFD.
static size_t expected_text(char *to, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		unsigned bytes = write_utf8_len(span_of(text + i, len - i));

		if (text[i] == '\r') {
			to[n++] = '\n';
			i += i + 1 < len && text[i + 1] == '\n' ? 2 : 1;
		} else if (bytes == 0) {
			memcpy(to + n, WRITE_UTF8_REPLACEMENT, 3);
			n += 3;
			i++;
		} else {
			memcpy(to + n, text + i, bytes);
			n += bytes;
			i += bytes;
		}
	}
	return n;
}

// One event of random calls; appends to `want` what the client is to have of it.
static size_t random_event(struct rand *rand, struct write_event *event, char *want)
{
	char text[16];
	size_t n = 0, len = random_text(rand, text);

	if (rand_below(rand, 4) == 0)
		assert_true(write_event_heartbeat(event));
	want[n++] = '|'; // there is no id
	text[len] = 0;
	if (rand_below(rand, 2) && write_event_name(event, text))
		n += expected_text(want + n, text, len);
	want[n++] = '|';
	len = random_text(rand, text);
	write_event_data(event, span_of(text, len));
	assert_false(write_event_heartbeat(event));
	n += expected_text(want + n, text, len);
	assert_true(write_event_end(event));
	want[n++] = ';';
	return n;
}

static void test_random(void **state)
{
	static char want[ROOM_BYTES];
	struct rand rand;

	(void)state;
	rand_init(&rand, 1);
	for (unsigned round = 0; round < 300; round++) {
		size_t piece_bytes = 1 + rand_below(&rand, 40), len = 0;
		struct write_event event;

		begin(&event, &piece_bytes);
		for (unsigned i = 0; i < 30; i++)
			len += random_event(&rand, &event, want + len);
		want[len] = 0;
		assert_string_equal(client_read(&client), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_data),    cmocka_unit_test(test_fields),
	        cmocka_unit_test(test_json),    cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_no_room), cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
