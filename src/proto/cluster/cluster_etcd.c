// cluster_etcd: see the header.
#include "proto/cluster/cluster_etcd.h"

#include "core/base64.h"
#include "proto/cluster/cluster_json.h"
#include "proto/cluster/cluster_text.h"

#include <stdio.h>

#define MAGIC          "wadi-3 "
#define ROW_KEY_BYTES  (CLUSTER_ETCD_KEY_BYTES + 1 + CLUSTER_ROW_NAME_BYTES)
#define FRAME_BYTES    4096 // of a request: all but the values of rows
#define ROW_JSON_BYTES 512  // of a row in a response: all but its value

#define NET_JSON_BYTES (ROW_JSON_BYTES + CLUSTER_NET_BYTES / 3 * 4)

size_t cluster_etcd_body_bytes(uint32_t n, bool net)
{
	return FRAME_BYTES +
	       (CLUSTER_SHARE_BYTES(n) + CLUSTER_REACH_BYTES(n) + CLUSTER_TREE_BYTES(n)) / 3 * 4 +
	       (net ? CLUSTER_NET_PUTS_MAX * NET_JSON_BYTES : 0);
}

size_t cluster_etcd_reply_bytes(uint32_t n, bool net)
{
	size_t member = 3 * ROW_JSON_BYTES + CLUSTER_MEMBER_BYTES * 2 +
	                (CLUSTER_REACH_BYTES(n) + CLUSTER_TREE_BYTES(n)) / 3 * 4;

	return FRAME_BYTES + ROW_JSON_BYTES + CLUSTER_SHARE_BYTES(n) / 3 * 4 +
	       CLUSTER_MEMBERS_MAX * member + (net ? CLUSTER_NET_GETS_MAX * NET_JSON_BYTES : 0);
}

static void put_base64(struct fill *out, const void *bytes, size_t len)
{
	cluster_text_put(out, "\"");
	base64_encode(span_of(bytes, len), out);
	cluster_text_put(out, "\"");
}

static void put_number(struct fill *out, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "\"%ju\"", (uintmax_t)number);
	cluster_text_put(out, text);
}

// Keys that begin so: up to before the sign that follows a slash. More of the request may follow.
static void put_below(struct fill *out, const char *key, const char *kind, uint64_t since)
{
	char edge[CLUSTER_ETCD_KEY_BYTES + 8];

	cluster_text_put(out, ",{\"request_range\":{\"key\":");
	put_base64(out, edge, (size_t)snprintf(edge, sizeof(edge), "%s%s/", key, kind));
	cluster_text_put(out, ",\"range_end\":");
	put_base64(out, edge, (size_t)snprintf(edge, sizeof(edge), "%s%s0", key, kind));
	cluster_text_put(out, ",\"min_mod_revision\":");
	put_number(out, since);
}

// The record, and the rows. Those of the network that were changed first come first.
static void put_ranges(struct fill *out, const char *key, const struct cluster_request *request)
{
	cluster_text_put(out, "{\"request_range\":{\"key\":");
	put_base64(out, key, strlen(key));
	cluster_text_put(out, "}}");
	if (request->rows) {
		put_below(out, key, "", request->since);
		cluster_text_put(out, "}}");
	}
	if (request->net) {
		put_below(out, key, ".net", request->net_since);
		cluster_text_put(out, ",\"limit\":");
		put_number(out, CLUSTER_NET_GETS_MAX);
		cluster_text_put(out, ",\"sort_order\":\"ASCEND\",\"sort_target\":\"MOD\"}}");
	}
}

static void put_put(struct fill *out, const char *key, struct span value)
{
	cluster_text_put(out, "{\"request_put\":{\"key\":");
	put_base64(out, key, strlen(key));
	cluster_text_put(out, ",\"value\":");
	put_base64(out, value.p, span_left(&value));
	cluster_text_put(out, "}},");
}

static void put_rows(struct fill *out, const char *key, const struct cluster_request *request)
{
	char row[ROW_KEY_BYTES + 1];

	for (unsigned i = 0; i < request->puts_len; i++) {
		snprintf(row, sizeof(row), "%s%c%s", key, request->put[i].is_net ? '.' : '/',
		         request->put[i].name);
		put_put(out, row, request->put[i].text);
	}
}

static void put_revision(struct fill *out, const char *key, uint64_t revision)
{
	cluster_text_put(out, "{\"target\":\"MOD\",\"key\":");
	put_base64(out, key, strlen(key));
	cluster_text_put(out, ",\"mod_revision\":");
	put_number(out, revision);
	cluster_text_put(out, "}");
}

// What has to be so for anything to be written.
static void put_compare(struct fill *out, const char *key, const struct cluster_request *request)
{
	char share[CLUSTER_ETCD_KEY_BYTES + 8];

	cluster_text_put(out, "\"compare\":[");
	if (request->ask.put)
		put_revision(out, key, request->ask.record.revision);
	if (request->ask.put && request->fence != 0)
		cluster_text_put(out, ",");
	if (request->fence != 0) {
		snprintf(share, sizeof(share), "%s/share", key);
		put_revision(out, share, request->fence);
	}
	cluster_text_put(out, "],");
}

static bool has_compare(const struct cluster_request *request)
{
	return request->ask.put || request->fence != 0;
}

static void put_record(struct fill *out, const char *key, const struct cluster_record *record)
{
	char value[CLUSTER_ETCD_VALUE_BYTES + 1];
	int len = snprintf(value, sizeof(value), MAGIC "%016jx %016jx %016jx %u %s",
	                   (uintmax_t)record->owner, (uintmax_t)record->generation,
	                   (uintmax_t)record->digest, record->shares, record->name);

	put_put(out, key, span_of(value, (size_t)len));
}

void cluster_etcd_ask(struct fill *out, const char *key, const struct cluster_request *request)
{
	const struct cluster_ask *ask = &request->ask;

	cluster_text_put(out, "{");
	if (has_compare(request))
		put_compare(out, key, request);
	cluster_text_put(out, "\"success\":[");
	if (ask->put)
		put_record(out, key, &ask->record);
	// Before they are read, so that what is written is read as well.
	put_rows(out, key, request);
	put_ranges(out, key, request);
	if (has_compare(request)) {
		cluster_text_put(out, "],\"failure\":[");
		put_ranges(out, key, request);
	}
	cluster_text_put(out, "]}");
}

static bool number_take(struct span *text, uint64_t *number)
{
	return cluster_text_hex(text, number) && cluster_text_take(text, " ");
}

static bool record_read(struct span text, struct cluster_record *record)
{
	if (!cluster_text_take(&text, MAGIC) || !number_take(&text, &record->owner) ||
	    !number_take(&text, &record->generation) || !number_take(&text, &record->digest))
		return false;
	record->shares = cluster_text_take(&text, "1 ");
	return (record->shares || cluster_text_take(&text, "0 ")) &&
	       cluster_text_word(&text, record->name, sizeof(record->name)) &&
	       span_left(&text) == 0;
}

static bool text_find(struct span object, const char *const *path, struct span *text)
{
	return cluster_json_find(object, path, text) && cluster_json_string(*text, text);
}

static bool number_find(struct span body, const char *const *path, uint64_t *number)
{
	struct span value;

	return cluster_json_find(body, path, &value) && cluster_json_number(value, number);
}

// The bytes of a text in base64, in the room.
static bool base64_read(struct span text, struct fill room, struct span *bytes)
{
	uint8_t *begin = room.p;

	while (span_left(&text) > 0 && text.end[-1] == '=')
		text.end--;
	if (!base64_decode(BASE64, text, &room))
		return false;
	*bytes = span_of(begin, (size_t)(room.p - begin));
	return true;
}

static bool is_true(struct span value)
{
	return cluster_text_take(&value, "true") && span_left(&value) == 0;
}

struct kv {
	uint8_t key_room[ROW_KEY_BYTES];
	struct span key, value;
	uint64_t revision;
};

static bool kv_read(struct span item, const struct cluster_etcd_reader *reader, struct kv *kv)
{
	static const char *const key[] = {"key", NULL}, *const value[] = {"value", NULL};
	static const char *const revision[] = {"mod_revision", NULL};
	struct span text;

	return text_find(item, key, &text) &&
	       base64_read(text, fill_of(kv->key_room, sizeof(kv->key_room)), &kv->key) &&
	       number_find(item, revision, &kv->revision) && kv->revision != 0 &&
	       text_find(item, value, &text) && base64_read(text, reader->room, &kv->value);
}

// The record, or a row. False: the record is none of ours.
static bool kv_take(struct kv *kv, const char *key, const struct cluster_etcd_reader *reader,
                    struct cluster_record *found)
{
	if (!cluster_text_take(&kv->key, key))
		return true;
	if (span_left(&kv->key) == 0) {
		found->revision = kv->revision;
		return record_read(kv->value, found);
	}
	if (reader->row && (cluster_text_take(&kv->key, "/") || cluster_text_take(&kv->key, ".")))
		reader->row(reader->ctx, kv->key, kv->revision, kv->value, reader->now);
	return true;
}

// All that one range found; none is right as well. strict: all has to be readable.
static bool range_read(struct span range, const char *key, bool strict,
                       const struct cluster_etcd_reader *reader, struct cluster_answer *answer)
{
	static const char *const path[] = {"kvs", NULL}, *const more[] = {"more", NULL};
	struct span items, item;
	struct kv kv;

	answer->more |= cluster_json_find(range, more, &item) && is_true(item);
	if (!cluster_json_find(range, path, &items))
		return true;
	while (cluster_json_next(&items, &item))
		if (kv_read(item, reader, &kv) ? !kv_take(&kv, key, reader, &answer->found)
		                               : strict)
			return false;
	return true;
}

static bool ranges_read(struct span body, const char *key, const struct cluster_etcd_reader *reader,
                        struct cluster_answer *answer)
{
	static const char *const responses[] = {"responses", NULL};
	static const char *const range[] = {"response_range", NULL};
	struct span items, item, at;
	unsigned ranges = 0;

	if (!cluster_json_find(body, responses, &items))
		return false;
	while (cluster_json_next(&items, &item)) {
		if (!cluster_json_find(item, range, &at))
			continue;
		if (!range_read(at, key, ranges++ == 0, reader, answer))
			return false;
	}
	return ranges > 0;
}

bool cluster_etcd_answer(struct span body, const char *key, const struct cluster_request *request,
                         const struct cluster_etcd_reader *reader, struct cluster_answer *answer)
{
	static const char *const revision[] = {"header", "revision", NULL};
	static const char *const succeeded[] = {"succeeded", NULL};
	struct span value;
	bool is_done = cluster_json_find(body, succeeded, &value) && is_true(value);

	*answer = (struct cluster_answer){.written = request->ask.put && is_done,
	                                  .refused = has_compare(request) && !is_done};
	return number_find(body, revision, &answer->revision) &&
	       ranges_read(body, key, reader, answer);
}
