// session: see the header. Output is one block: what was typed, shown again, and the
// reply to one line.
#include "core/host/session.h"

#include "core/host/json_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELETE           '\x7f'
#define TERMINAL_COLUMNS 80 // a console does not say how wide it is

void session_init(struct session *session, enum session_kind kind, session_fn *fn, void *ctx)
{
	*session = (struct session){.kind = kind, .fn = fn, .ctx = ctx};
}

void session_fini(struct session *session)
{
	free(session->output);
	session->output = NULL;
}

size_t session_room(const struct session *session)
{
	if (session->output || session->over)
		return 0;
	return sizeof(session->request) - session->request_len;
}

size_t session_output(const struct session *session, const char **bytes)
{
	if (!session->output)
		return 0;
	*bytes = session->output + session->output_at;
	return session->output_len - session->output_at;
}

// Appends len bytes to the output.
static void session_put(struct session *session, const char *bytes, size_t len)
{
	char *output;

	if (len == 0)
		return;
	output = realloc(session->output, session->output_len + len);
	if (!output) {
		session->over = true;
		return;
	}
	memcpy(output + session->output_len, bytes, len);
	session->output = output;
	session->output_len += len;
}

static json_t *refuse(const char *sentence)
{
	return json_pack("{s:s}", "error", sentence);
}

// A tool that shares its line with others knows its reply by the id it chose.
static json_t *answer_request(struct session *session, json_t *request)
{
	json_t *id = json_object_get(request, "id"), *reply;

	if (json_is_string(json_object_get(request, "command")))
		reply = session->fn(session->ctx, request);
	else
		reply = refuse("a request is one line such as {\"command\":\"status\"}");
	if (id)
		json_object_set(reply, "id", id);
	return reply;
}

// Puts the reply, consumed, as one line.
static void put_object(struct session *session, json_t *reply)
{
	static const char mark = SESSION_REPLY_MARK;
	char *text = json_dumps(reply, JSON_COMPACT);

	json_decref(reply);
	if (!text) {
		session->over = true;
		return;
	}
	if (session->kind == SESSION_TERMINAL)
		session_put(session, &mark, 1);
	session_put(session, text, strlen(text));
	session_put(session, "\n", 1);
	free(text);
}

static void answer_object(struct session *session, const char *line)
{
	json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

	put_object(session, answer_request(session, request));
	json_decref(request);
}

// "log-level debug" as the request that a tool would make of it; NULL when it is not
// UTF-8.
static json_t *typed_request(char *line)
{
	char *save, *command = strtok_r(line, " \t", &save), *word;
	json_t *words = json_array();
	bool all = false, text = true;
	json_t *request;

	while ((word = strtok_r(NULL, " \t", &save)) != NULL) {
		if (strcmp(word, "--all") == 0)
			all = true;
		else
			text &= json_array_append_new(words, json_string(word)) == 0;
	}
	request = text ? json_pack("{s:s}", "command", command ? command : "") : NULL;
	if (all)
		json_object_set_new(request, "all", json_true());
	if (json_array_size(words))
		json_object_set(request, "words", words);
	json_decref(words);
	return request;
}

// Puts the reply as a person reads it.
static void put_table(struct session *session, json_t *reply, bool all)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	char *text = NULL;
	size_t len = 0;
	FILE *out = reply ? open_memstream(&text, &len) : NULL;

	if (!out) {
		session->over = true;
		return;
	}
	if (!all)
		json_table_hide_zeros(reply);
	if (error)
		fprintf(out, "%s\n", error);
	else
		json_table_print(reply, (struct json_table_look){TERMINAL_COLUMNS, false}, out);
	fclose(out);
	session_put(session, text, len);
	free(text);
}

static void answer_typed(struct session *session, char *line)
{
	json_t *request = typed_request(line);
	json_t *reply = answer_request(session, request);

	put_table(session, reply, json_is_true(json_object_get(request, "all")));
	json_decref(request);
	json_decref(reply);
}

static void answer_line(struct session *session, char *line)
{
	if (session->kind == SESSION_TOOL || *line == '{')
		answer_object(session, line);
	else if (line[strspn(line, " \t")] != '\0')
		answer_typed(session, line);
}

// A tool that sends a line without end is hung up on; a terminal stays.
static void refuse_long_line(struct session *session)
{
	session->request_len = 0;
	session->over = session->kind == SESSION_TOOL;
	put_object(session, refuse("the request is too long"));
}

// Answers lines that are whole until one has output.
static void answer_lines(struct session *session)
{
	while (!session->output && !session->over) {
		char *end = memchr(session->request, '\n', session->request_len);
		char line[SESSION_REQUEST_BYTES];
		size_t len;

		if (!end && session->request_len == sizeof(session->request))
			refuse_long_line(session);
		if (!end)
			return;
		len = (size_t)(end - session->request);
		memcpy(line, session->request, len);
		line[len] = '\0';
		session->request_len -= len + 1;
		memmove(session->request, end + 1, session->request_len);
		answer_line(session, line);
	}
}

// What a person types is shown; a return ends a line, and a backspace takes a
// character back. Bytes from `from` on are new.
static void take_typed(struct session *session, size_t from)
{
	const char *newline = memrchr(session->request, '\n', from);
	size_t to = from, line = newline ? (size_t)(newline - session->request) + 1 : 0;
	char seen[3 * SESSION_REQUEST_BYTES + 1];
	size_t seen_len = 0;

	for (size_t i = from; i < session->request_len; i++) {
		char c = session->request[i] == '\r' ? '\n' : session->request[i];

		if ((c == '\b' || c == DELETE) && to > line) {
			to--;
			seen_len += (size_t)sprintf(seen + seen_len, "\b \b");
			continue;
		}
		if (c != '\n' && ((unsigned char)c < ' ' || c == DELETE))
			continue;
		session->request[to++] = c;
		if (session->request[line] != '{') // a tool does not want its own request back
			seen[seen_len++] = c;
		line = c == '\n' ? to : line;
	}
	session->request_len = to;
	session_put(session, seen, seen_len);
}

void session_input(struct session *session, const char *bytes, size_t len)
{
	size_t from = session->request_len;

	assert(len <= session_room(session));
	memcpy(session->request + from, bytes, len);
	session->request_len += len;
	if (session->kind == SESSION_TERMINAL)
		take_typed(session, from);
	answer_lines(session);
}

void session_sent(struct session *session, size_t len)
{
	session->output_at += len;
	assert(session->output_at <= session->output_len);
	if (session->output_at < session->output_len)
		return;
	free(session->output);
	session->output = NULL;
	session->output_at = session->output_len = 0;
	answer_lines(session);
}
