// The client's side of HTTP/1.1: however the server's bytes are cut, the same responses, the same
// content and the same fault come out, and nothing is read beyond the bytes.
#include "http_cut.h"

#include "proto/http/http_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_client client;
static struct http_response response;

static void note_span(struct cut *cut, struct span text)
{
	cut_note_span(cut, response.head, response.head_len, text);
}

static void on_response(struct cut *cut)
{
	struct http_fields fields = http_response_fields(&response);

	cut_note(cut, &response.status, sizeof(response.status));
	note_span(cut, response.phrase);
	for (unsigned i = 0; i < fields.len; i++) {
		note_span(cut, http_fields_name(fields, i));
		note_span(cut, http_fields_value(fields, i));
	}
	free(client.buffer);
	client.buffer = NULL;
}

// A request of one of the kinds that decide how responses end.
static void ask(uint8_t kind)
{
	uint8_t room[128];
	struct fill out = fill_of(room, sizeof(room));
	struct http_call call;

	http_call_begin(&call, &client, &out, kind == HTTP_EXPECT_HEAD ? "HEAD" : "GET",
	                span_of("/", 1), span_of("a", 1));
	if (kind == HTTP_EXPECT_UPGRADE)
		http_call_upgrade(&call, "other");
	if (http_call_end(&call) != HTTP_CALL_WRITTEN)
		abort();
}

static void on_event(struct cut *cut, enum http_client_event event, struct span data)
{
	switch (event) {
	case HTTP_CLIENT_BUFFER:
		client.buffer = malloc(limits.head_bytes);
		break;
	case HTTP_CLIENT_INTERIM:
	case HTTP_CLIENT_RESPONSE:
		on_response(cut);
		break;
	case HTTP_CLIENT_BODY:
		if (span_left(&data) == 0)
			abort();
		cut_note(cut, data.p, span_left(&data));
		break;
	case HTTP_CLIENT_END:
		cut_note_char(cut, 0);
		break;
	case HTTP_CLIENT_SWITCHED:
		on_response(cut);
		cut->over = true;
		break;
	default:
		cut_note_char(cut, (char)client.fault);
		if ((event == HTTP_CLIENT_REFUSED) != (client.fault != HTTP_FAULT_NONE))
			abort();
		cut->over = true;
	}
}

static void give(struct cut *cut, struct span *part)
{
	enum http_client_event event;
	struct span data = {0};

	while (!cut->over && (event = http_client_next(&client, part, &response, &data,
	                                               (mono_t){0})) != HTTP_CLIENT_MORE)
		on_event(cut, event, data);
}

// The lengths are what is requested, too. Behind the bytes the connection ends.
static void run(struct cut *cut, struct span first, size_t lens_len, struct span bytes)
{
	const uint8_t *lens = first.p;

	http_client_init(&client, &limits, (mono_t){0});
	client.pipeline_max = HTTP_PIPELINE_MAX;
	while (span_left(&first) && http_client_is_ready(&client))
		ask(span_u8(&first) % HTTP_EXPECT_TUNNEL);
	cut_give(cut, bytes, lens, lens_len, give);
	while (!cut->over)
		on_event(cut, http_client_ended(&client), (struct span){0});
	free(client.buffer);
	client.buffer = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cut_compare(data, size, run);
	return 0;
}
