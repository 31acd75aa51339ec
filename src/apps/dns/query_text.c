// query_text: see the header.
#include "apps/dns/query_text.h"

#include "apps/dns/query_fields.h"

#include <stdarg.h>
#include <stdio.h>

// A line in its buffer, which is large enough.
struct line {
	char *text;
	size_t len;
};

static void line_add(struct line *line, const char *format, ...) PRINTF(2, 3);

static void line_add(struct line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line->len += (size_t)vsnprintf(line->text + line->len, QUERY_TEXT_BYTES - line->len, format,
	                               args);
	va_end(args);
}

// "example.org IN A +E(0)D"
static void add_question(struct line *line, const struct query_fields *fields)
{
	if (!fields->asked) {
		line_add(line, " - - - -");
		return;
	}
	line_add(line, " %s %s %s %c", fields->name, fields->rr_class, fields->type,
	         fields->rd ? '+' : '-');
	if (fields->query.edns)
		line_add(line, "E(%u)%s", fields->query.edns_version,
		         fields->query.dnssec_ok ? "D" : "");
	if (fields->cd)
		line_add(line, "C");
}

// "NOERROR 120 aa,tc"
static void add_response(struct line *line, const struct query_fields *fields, unsigned reply_len)
{
	if (fields->drop) {
		line_add(line, " %s - -", fields->drop);
		return;
	}
	line_add(line, " %s %u %s", fields->rcode, reply_len, fields->flags[0] ? "" : "-");
	for (unsigned i = 0; fields->flags[i]; i++)
		line_add(line, "%s%s", i ? "," : "", fields->flags[i]);
}

size_t query_text(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_TEXT_BYTES])
{
	struct line line = {text, 0};
	struct query_fields fields;

	query_fields_read(&fields, entry, time);
	line_add(&line, "%s %s %s#%u", fields.time, fields.transport, fields.client,
	         entry->client_port);
	add_question(&line, &fields);
	if (responses)
		add_response(&line, &fields, entry->reply_len);
	line_add(&line, " %s#%u w%u %s %s", fields.server, entry->server_port, entry->worker,
	         fields.cookie ? fields.cookie : "-", *fields.ecs ? fields.ecs : "-");
	text[line.len++] = '\n';
	return line.len;
}
