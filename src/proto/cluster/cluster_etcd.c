// cluster_etcd: see the header.
#include "proto/cluster/cluster_etcd.h"

#include "core/base64.h"
#include "proto/cluster/cluster_json.h"

#include <stdio.h>

#define MAGIC "wadi-2 "

static void put_text(struct fill *out, const char *text)
{
	fill_bytes(out, text, strlen(text));
}

static void put_base64(struct fill *out, const void *bytes, size_t len)
{
	put_text(out, "\"");
	base64_encode(span_of(bytes, len), out);
	put_text(out, "\"");
}

static void put_range(struct fill *out, const char *key)
{
	put_text(out, "[{\"request_range\":{\"key\":");
	put_base64(out, key, strlen(key));
	put_text(out, "}}]");
}

// What has to be so for the put to be carried out.
static void put_compare(struct fill *out, const char *key, uint64_t revision)
{
	char number[24];

	put_text(out, "\"compare\":[{\"target\":\"MOD\",\"key\":");
	put_base64(out, key, strlen(key));
	snprintf(number, sizeof(number), "%ju", (uintmax_t)revision);
	put_text(out, ",\"mod_revision\":\"");
	put_text(out, number);
	put_text(out, "\"}],");
}

static void put_record(struct fill *out, const char *key, const struct cluster_record *record)
{
	char value[CLUSTER_ETCD_VALUE_BYTES + 1];
	int len = snprintf(value, sizeof(value), MAGIC "%016jx %016jx %016jx %s",
	                   (uintmax_t)record->owner, (uintmax_t)record->generation,
	                   (uintmax_t)record->digest, record->name);

	put_text(out, "[{\"request_put\":{\"key\":");
	put_base64(out, key, strlen(key));
	put_text(out, ",\"value\":");
	put_base64(out, value, (size_t)len);
	put_text(out, "}}]");
}

void cluster_etcd_ask(struct fill *out, const char *key, const struct cluster_ask *ask)
{
	put_text(out, "{");
	if (ask->put) {
		put_compare(out, key, ask->record.revision);
		put_text(out, "\"success\":");
		put_record(out, key, &ask->record);
		put_text(out, ",\"failure\":");
	} else {
		put_text(out, "\"success\":");
	}
	put_range(out, key);
	put_text(out, "}");
}

// 16 hexadecimal digits and a space.
static bool hex_take(struct span *text, uint64_t *number)
{
	*number = 0;
	for (unsigned i = 0; i < 16; i++) {
		unsigned c = span_u8(text);
		unsigned digit = c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10;

		if (digit > 15)
			return false;
		*number = *number << 4 | digit;
	}
	return span_u8(text) == ' ';
}

static bool value_read(struct span text, struct cluster_record *record)
{
	const uint8_t *magic = span_take(&text, strlen(MAGIC));
	size_t len;

	if (!magic || memcmp(magic, MAGIC, strlen(MAGIC)) != 0 ||
	    !hex_take(&text, &record->owner) || !hex_take(&text, &record->generation) ||
	    !hex_take(&text, &record->digest))
		return false;
	len = span_left(&text);
	if (len > CLUSTER_NAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	memcpy(record->name, text.p, len);
	record->name[len] = '\0';
	return true;
}

static bool value_decode(struct span base64, struct cluster_record *record)
{
	uint8_t value[CLUSTER_ETCD_VALUE_BYTES];
	struct fill out = fill_of(value, sizeof(value));

	while (span_left(&base64) > 0 && base64.end[-1] == '=')
		base64.end--;
	return base64_decode(BASE64, base64, &out) &&
	       value_read(span_of(value, fill_len(&out)), record);
}

static bool number_find(struct span body, const char *const *path, uint64_t *number)
{
	struct span value;

	return cluster_json_find(body, path, &value) && cluster_json_number(value, number);
}

// The record of a range; none is right as well.
static bool range_read(struct span body, struct cluster_record *found)
{
	static const char *const range[] = {"responses", "[", "response_range", NULL};
	static const char *const item[] = {"kvs", "[", NULL};
	static const char *const revision[] = {"mod_revision", NULL};
	static const char *const text[] = {"value", NULL};
	struct span at, value;

	*found = (struct cluster_record){0};
	if (!cluster_json_find(body, range, &at))
		return false;
	if (!cluster_json_find(at, item, &at))
		return true;
	return number_find(at, revision, &found->revision) && found->revision != 0 &&
	       cluster_json_find(at, text, &value) && cluster_json_string(value, &value) &&
	       value_decode(value, found);
}

bool cluster_etcd_answer(struct span body, const struct cluster_ask *ask,
                         struct cluster_answer *answer)
{
	static const char *const revision[] = {"header", "revision", NULL};
	static const char *const succeeded[] = {"succeeded", NULL};
	struct span value;
	bool is_true = cluster_json_find(body, succeeded, &value) && span_left(&value) == 4 &&
	               memcmp(value.p, "true", 4) == 0;

	*answer = (struct cluster_answer){.written = ask->put && is_true};
	if (!answer->written)
		return range_read(body, &answer->found);
	answer->found = ask->record;
	return number_find(body, revision, &answer->found.revision) && answer->found.revision != 0;
}
