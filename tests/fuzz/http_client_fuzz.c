// The client's side of HTTP/1.1: however the server's bytes are cut, the same responses, the same
// content and the same fault come out, and nothing is read beyond the bytes.
#include "proto/http/http_call.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG_BYTES 131072

// What came out: the parts of responses with a separator behind each.
struct trial {
	struct http_client client;
	struct http_response response;
	uint8_t log[LOG_BYTES];
	size_t len;
	bool over;
};

static struct http_limits limits;

static void note(struct trial *trial, const void *bytes, size_t len)
{
	len = size_min(len, LOG_BYTES - trial->len);
	if (len)
		memcpy(trial->log + trial->len, bytes, len);
	trial->len += len;
}

static void note_char(struct trial *trial, char c)
{
	note(trial, &c, 1);
}

static void note_span(struct trial *trial, struct span text)
{
	const struct http_response *response = &trial->response;

	if (span_left(&text) &&
	    (text.p < response->head || text.end > response->head + response->head_len))
		abort();
	note(trial, text.p, span_left(&text));
	note_char(trial, '\n');
}

static void on_response(struct trial *trial)
{
	struct http_fields fields = http_response_fields(&trial->response);

	note(trial, &trial->response.status, sizeof(trial->response.status));
	note_span(trial, trial->response.phrase);
	for (unsigned i = 0; i < fields.len; i++) {
		note_span(trial, http_fields_name(fields, i));
		note_span(trial, http_fields_value(fields, i));
	}
	free(trial->client.buffer);
	trial->client.buffer = NULL;
}

// A request of one of the kinds that decide how responses end.
static void ask(struct http_client *client, uint8_t kind)
{
	uint8_t room[128];
	struct fill out = fill_of(room, sizeof(room));
	struct http_call call;

	http_call_begin(&call, client, &out, kind == HTTP_EXPECT_HEAD ? "HEAD" : "GET",
	                span_of("/", 1), span_of("a", 1));
	if (kind == HTTP_EXPECT_UPGRADE)
		http_call_upgrade(&call, "other");
	if (http_call_end(&call) != HTTP_CALL_WRITTEN)
		abort();
}

static void on_event(struct trial *trial, enum http_client_event event, struct span data)
{
	switch (event) {
	case HTTP_CLIENT_BUFFER:
		trial->client.buffer = malloc(limits.head_bytes);
		break;
	case HTTP_CLIENT_INTERIM:
	case HTTP_CLIENT_RESPONSE:
		on_response(trial);
		break;
	case HTTP_CLIENT_BODY:
		if (span_left(&data) == 0)
			abort();
		note(trial, data.p, span_left(&data));
		break;
	case HTTP_CLIENT_END:
		note_char(trial, 0);
		break;
	case HTTP_CLIENT_SWITCHED:
		on_response(trial);
		trial->over = true;
		break;
	default:
		note_char(trial, (char)trial->client.fault);
		if ((event == HTTP_CLIENT_REFUSED) != (trial->client.fault != HTTP_FAULT_NONE))
			abort();
		trial->over = true;
	}
}

static void give(struct trial *trial, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};
	enum http_client_event event;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while (!trial->over && (event = http_client_next(&trial->client, &part, &trial->response,
	                                                 &data, (mono_t){0})) != HTTP_CLIENT_MORE)
		on_event(trial, event, data);
	if (part.bad || (!trial->over && span_left(&part)))
		abort();
	free(block);
}

// Gives the bytes in parts of the lengths, in turn, then the connection's end.
static void run(struct trial *trial, struct span kinds, const uint8_t *lens, size_t lens_len,
                struct span bytes)
{
	http_client_init(&trial->client, &limits, (mono_t){0});
	trial->client.pipeline_max = HTTP_PIPELINE_MAX;
	trial->len = 0;
	trial->over = false;
	while (span_left(&kinds) && http_client_is_ready(&trial->client))
		ask(&trial->client, span_u8(&kinds) % HTTP_EXPECT_TUNNEL);
	for (size_t i = 0; span_left(&bytes) && !trial->over; i++) {
		size_t len = lens_len ? lens[i % lens_len] : span_left(&bytes);
		struct span part = span_sub(&bytes, size_min(len, span_left(&bytes)));

		give(trial, part.p, span_left(&part));
	}
	while (!trial->over)
		on_event(trial, http_client_ended(&trial->client), (struct span){0});
	free(trial->client.buffer);
	trial->client.buffer = NULL;
}

// The first bytes say what is requested, and how long parts are, one after the other; LF ends them,
// so that a corpus is legible.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial whole, cut;
	size_t lens_len = 0;
	struct span bytes, kinds;

	limits = http_limits_default;
	limits.line_bytes = 256;
	limits.head_bytes = 512;
	limits.fields_max = 8;
	limits.body_bytes = 256;
	limits.extension_bytes = 32;
	while (lens_len < size && data[lens_len] != '\n')
		lens_len++;
	if (lens_len == 0 || lens_len == size || memchr(data, 0, lens_len))
		return 0;
	kinds = span_of(data, lens_len);
	bytes = span_of(data + lens_len + 1, size - lens_len - 1);
	run(&whole, kinds, NULL, 0, bytes);
	run(&cut, kinds, data, lens_len, bytes);
	if (whole.len != cut.len || memcmp(whole.log, cut.log, whole.len) != 0)
		abort();
	return 0;
}
