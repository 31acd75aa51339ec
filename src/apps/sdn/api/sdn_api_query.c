// sdn_api_query: the parameters of requests: which kind takes which, and what they may be.
#include "apps/sdn/api/sdn_api_internal.h"

#include "proto/http/http_char.h"
#include "proto/http/http_query.h"

enum param {
	LIMIT = 1,
	CURSOR = 2,
	TABLE = 4,
	FROM = 8,
	TO = 16,
	VLAN = 32,
	AFTER = 64,
	DRY = 128,
	PROTOCOL = 256,
	TO_PORT = 512,
};

// What a kind takes, and what it needs.
static const struct {
	uint16_t takes, needs;
} kinds[SDN_API_PAGE + 1] = {
        [SDN_API_SWITCHES] = {LIMIT | CURSOR, 0},
        [SDN_API_FLOWS] = {TABLE, 0},
        [SDN_API_LINKS] = {LIMIT | CURSOR, 0},
        [SDN_API_HOSTS] = {LIMIT | CURSOR, 0},
        [SDN_API_PATH] = {FROM | TO | VLAN | PROTOCOL | TO_PORT, FROM | TO},
        [SDN_API_PUT_INTENTS] = {DRY, 0},
        [SDN_API_EVENTS] = {LIMIT | AFTER, 0},
};

static const struct {
	const char *name;
	enum param param;
	uint64_t min, max; // of a number; max 0: a text
} params[] = {
        {"limit", LIMIT, 1, SDN_API_ROWS},
        {"cursor", CURSOR, 0, UINT32_MAX - 1},
        {"table", TABLE, 0, 254},
        {"from", FROM, 0, 0},
        {"to", TO, 0, 0},
        {"vlan", VLAN, 0, 4095},
        {"after", AFTER, 0, INT64_MAX},
        {"dry_run", DRY, 0, 0},
        {"protocol", PROTOCOL, 0, 0},
        {"to_port", TO_PORT, 1, UINT16_MAX},
};

static bool number_read(const char *text, uint64_t *number)
{
	struct span digits = span_of(text, strlen(text));

	if (*text == '\0' || span_left(&digits) > 19 || !http_char_all(digits, HTTP_CHAR_DIGIT))
		return false;
	for (*number = 0; *text; text++)
		*number = *number * 10 + (uint64_t)(*text - '0');
	return true;
}

static bool place_read(const char *value, char to[SDN_API_PLACE_BYTES])
{
	size_t len = strlen(value);

	if (len == 0 || len >= SDN_API_PLACE_BYTES)
		return false;
	memcpy(to, value, len + 1);
	return true;
}

static bool text_store(enum param param, const char *value, struct sdn_api_query *query,
                       struct why *why)
{
	bool taken;

	if (param == DRY) {
		query->dry_run = strcmp(value, "true") == 0;
		taken = query->dry_run || strcmp(value, "false") == 0;
		return taken || !why_fail(why, -EINVAL, "dry_run is true or false");
	}
	if (param == PROTOCOL) {
		query->protocol = strcmp(value, "tcp") == 0   ? SDN_API_TCP
		                  : strcmp(value, "udp") == 0 ? SDN_API_UDP
		                                              : 0;
		return query->protocol || !why_fail(why, -EINVAL, "protocol is tcp or udp");
	}
	taken = place_read(value, param == FROM ? query->from : query->to);
	return taken || !why_fail(why, -EINVAL,
	                          "from and to are each a MAC address, an IP address, or the name "
	                          "of a host");
}

static void number_store(enum param param, uint64_t number, struct sdn_api_query *query)
{
	if (param == LIMIT)
		query->limit = (uint32_t)number;
	else if (param == CURSOR)
		query->cursor = (uint32_t)number;
	else if (param == TABLE)
		query->table = (uint8_t)number;
	else if (param == VLAN)
		query->vlan = (uint16_t)number;
	else if (param == TO_PORT)
		query->to_port = (uint16_t)number;
	else
		query->after = number;
	query->has_after |= param == AFTER;
}

static bool pair_store(size_t row, const char *value, struct sdn_api_query *query, struct why *why)
{
	uint64_t number;

	if (params[row].max == 0)
		return text_store(params[row].param, value, query, why);
	if (!number_read(value, &number) || number < params[row].min || number > params[row].max)
		return !why_fail(why, -EINVAL, "%s is a number from %ju to %ju", params[row].name,
		                 (uintmax_t)params[row].min, (uintmax_t)params[row].max);
	number_store(params[row].param, number, query);
	return true;
}

bool sdn_api_query_parse(enum sdn_api_kind kind, struct span text, struct sdn_api_query *query,
                         struct why *why)
{
	enum http_query_result result;
	struct http_query_pair pair;
	unsigned seen = 0;

	*query = (struct sdn_api_query){.limit = SDN_API_DEFAULT, .table = OF_TABLE_ALL};
	while ((result = http_query_next(&text, &pair)) == HTTP_QUERY_PAIR) {
		size_t row = 0;

		while (row < ARRAY_LEN(params) && strcmp(params[row].name, pair.name) != 0)
			row++;
		if (row == ARRAY_LEN(params) || !(params[row].param & kinds[kind].takes))
			return !why_fail(why, -EINVAL, "there is no parameter \"%s\" here",
			                 pair.name);
		if (params[row].param & seen)
			return !why_fail(why, -EINVAL, "%s is there twice", pair.name);
		seen |= params[row].param;
		if (!pair_store(row, pair.value, query, why))
			return false;
	}
	if (result == HTTP_QUERY_BAD)
		return !why_fail(why, -EINVAL,
		                 "the query has a parameter that is malformed or too long");
	if ((seen & kinds[kind].needs) != kinds[kind].needs)
		return !why_fail(why, -EINVAL, "from and to are needed, each a host");
	if ((seen & (PROTOCOL | TO_PORT)) == TO_PORT)
		return !why_fail(why, -EINVAL, "to_port needs protocol=tcp or protocol=udp");
	return true;
}

bool sdn_api_datapath_parse(struct span text, uint64_t *datapath_id)
{
	if (span_left(&text) != 16 || !http_char_all(text, HTTP_CHAR_HEX))
		return false;
	for (*datapath_id = 0; text.p < text.end; text.p++)
		*datapath_id = *datapath_id << 4 | http_char_hex(*text.p);
	return true;
}
