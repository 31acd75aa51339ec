// The server's side of HTTP/1.1: however the client's bytes are cut, the same requests, the same
// content and the same fault come out, and all answers together are framed as they say.
#include "http_cut.h"

#include "proto/http/http_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_conn conn;
static struct http_request request;

static void note_span(struct cut *cut, struct span text)
{
	cut_note_span(cut, request.head, request.head_len, text);
}

static void on_request(struct cut *cut)
{
	note_span(cut, request.method_text);
	note_span(cut, request.target_text);
	note_span(cut, request.target.path);
	note_span(cut, request.target.query);
	note_span(cut, request.host);
	for (unsigned i = 0; i < request.fields_len; i++) {
		note_span(cut, http_request_name(&request, i));
		note_span(cut, http_request_value(&request, i));
	}
}

static void answer(void)
{
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));
	struct http_answer head;

	http_answer_begin(&head, &conn, &out, 200, NULL);
	if (http_answer_end(&head, 2) != HTTP_ANSWER_WRITTEN)
		abort();
	if (http_answer_has_content(&conn))
		http_answer_sends(&conn, 2);
}

static void on_refused(struct cut *cut)
{
	uint8_t room[HTTP_ANSWER_FAULT_BYTES];
	struct fill out = fill_of(room, sizeof(room));

	cut_note_char(cut, (char)conn.fault);
	if (!http_answer_fault(&conn, &out, NULL) || !conn.close)
		abort();
}

static void on_event(struct cut *cut, enum http_event event, struct span data)
{
	switch (event) {
	case HTTP_BUFFER:
		conn.buffer = malloc(limits.head_bytes);
		break;
	case HTTP_REQUEST:
		on_request(cut);
		free(conn.buffer);
		conn.buffer = NULL;
		break;
	case HTTP_BODY:
		cut_note(cut, data.p, span_left(&data));
		break;
	case HTTP_END:
		cut_note_char(cut, 0);
		answer();
		break;
	case HTTP_REFUSED:
		on_refused(cut);
		break;
	case HTTP_CLOSE:
		cut->over = true;
		break;
	default:
		abort(); // no answer is left open
	}
}

static void give(struct cut *cut, struct span *part)
{
	enum http_event event;
	struct span data = {0};

	while (!cut->over &&
	       (event = http_conn_next(&conn, part, &request, &data, (mono_t){0})) != HTTP_MORE)
		on_event(cut, event, data);
}

static void run(struct cut *cut, struct span first, size_t lens_len, struct span bytes)
{
	http_conn_init(&conn, &limits, (mono_t){0});
	cut_give(cut, bytes, first.p, lens_len, give);
	free(conn.buffer);
	conn.buffer = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cut_compare(data, size, run);
	return 0;
}
