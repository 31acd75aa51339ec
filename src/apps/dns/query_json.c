// query_json: see the header.
#include "apps/dns/query_json.h"

#include "apps/dns/query_fields.h"
#include "proto/write/write_json.h"

static void add_text(struct write_json *json, const char *key, const char *text)
{
	write_json_key(json, key);
	write_json_text(json, text);
}

static void add_uint(struct write_json *json, const char *key, uint64_t value)
{
	write_json_key(json, key);
	write_json_uint(json, value);
}

static void add_bool(struct write_json *json, const char *key, bool value)
{
	write_json_key(json, key);
	write_json_bool(json, value);
}

static void add_question(struct write_json *json, const struct query_fields *fields)
{
	if (!fields->asked)
		return;
	add_text(json, "name", fields->name);
	add_text(json, "class", fields->rr_class);
	add_text(json, "type", fields->type);
	add_bool(json, "rd", fields->rd);
	add_bool(json, "cd", fields->cd);
	if (!fields->query.edns)
		return;
	add_uint(json, "edns", fields->query.edns_version);
	add_bool(json, "do", fields->query.dnssec_ok);
	add_uint(json, "udp_size", fields->query.udp_size);
}

static void add_response(struct write_json *json, const struct query_fields *fields,
                         unsigned reply_len)
{
	if (fields->drop) {
		add_text(json, "drop", fields->drop);
		return;
	}
	add_text(json, "rcode", fields->rcode);
	add_uint(json, "bytes", reply_len);
	write_json_key(json, "flags");
	write_json_array(json);
	for (unsigned i = 0; fields->flags[i]; i++)
		write_json_text(json, fields->flags[i]);
	write_json_close(json);
}

size_t query_json(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_JSON_BYTES])
{
	struct write_out out = {.fill = fill_of(text, QUERY_JSON_BYTES - 1)};
	struct query_fields fields;
	struct write_json json;
	size_t len;

	query_fields_read(&fields, entry, time);
	write_json_init(&json, &out);
	write_json_object(&json);
	add_text(&json, "time", fields.time);
	add_text(&json, "transport", fields.transport);
	add_text(&json, "client", fields.client);
	add_uint(&json, "client_port", entry->client_port);
	add_text(&json, "server", fields.server);
	add_uint(&json, "server_port", entry->server_port);
	add_uint(&json, "worker", entry->worker);
	add_question(&json, &fields);
	if (fields.cookie)
		add_text(&json, "cookie", fields.cookie);
	if (*fields.ecs)
		add_text(&json, "ecs", fields.ecs);
	if (responses)
		add_response(&json, &fields, entry->reply_len);
	(void)!write_json_end(&json); // there is room for the longest
	len = fill_len(&out.fill);
	text[len++] = '\n';
	return len;
}
