// zones: compiled zones and answers for tests: a zone from text, a question as
// "NAME TYPE", the reply decoded.
#ifndef UNIT_DNS_ZONES_H
#define UNIT_DNS_ZONES_H

#include "message.h"

#include "proto/dns/answer/answer.h"
#include "proto/dns/load/zone_load.h"

// The last reports of loading, a line each: "line: text".
static char zones_reports[16384];

static inline void zones_on_report(void *ctx, const struct zone_report *report)
{
	size_t len = strlen(zones_reports);

	snprintf(zones_reports + len, sizeof(zones_reports) - len, "%u: %s%s\n", report->line,
	         report->warning ? "warning: " : "", report->text);
}

// How zones are loaded here.
static struct zone_options zones_options = {.hash_key = 1};

// NULL, and zones_reports, when the text is no zone.
static inline struct zone *zones_load(const char *origin, const char *text)
{
	struct dns_name name = message_name(origin);

	zones_reports[0] = 0;
	return zone_load_text("zone", text, strlen(text), name.wire, &zones_options,
	                      zones_on_report, NULL);
}

static inline struct zone *zones_load_sound(const char *origin, const char *text)
{
	struct zone *zone = zones_load(origin, text);

	if (!zone)
		fail_msg("%s", zones_reports);
	return zone;
}

// A name of as many labels as there can be, which is as long as a name can be.
static inline const char *zones_longest_origin(void)
{
	static char origin[2 * DNS_LABELS_MAX + 1];

	for (size_t i = 0; i + 1 < sizeof(origin); i += 2)
		memcpy(origin + i, "a.", 3);
	return origin;
}

static inline struct zone_set *zones_set_new(struct zone *const *zones, size_t len)
{
	struct zone_served served[4096];
	struct zone_set *set;

	assert_true(len <= ARRAY_LEN(served));
	for (size_t i = 0; i < len; i++)
		served[i] = (struct zone_served){zones[i], (uint32_t)i};
	set = zone_set_new(served, len, 1);
	assert_non_null(set);
	return set;
}

// Types that only questions have.
static inline uint16_t zones_meta_type(const char *mnemonic)
{
	static const struct {
		const char *mnemonic;
		uint16_t type;
	} table[] = {
	        {"AXFR", DNS_TYPE_AXFR},   {"IXFR", DNS_TYPE_IXFR}, {"MAILA", DNS_TYPE_MAILA},
	        {"MAILB", DNS_TYPE_MAILB}, {"OPT", DNS_TYPE_OPT},   {"ANY", DNS_TYPE_ANY},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (strcmp(table[i].mnemonic, mnemonic) == 0)
			return table[i].type;
	}
	return 0;
}

// A question as "NAME TYPE".
static inline struct message_query zones_query(const char *question)
{
	static char name[DNS_NAME_TEXT_BYTES];
	const char *space = strchr(question, ' ');
	struct message_query query = {.name = name};

	assert_non_null(space);
	snprintf(name, sizeof(name), "%.*s", (int)(space - question), question);
	query.qtype = zones_meta_type(space + 1);
	if (!query.qtype)
		assert_true(dns_type_parse(space + 1, strlen(space + 1), &query.qtype));
	return query;
}

// Whether there is no TCP for clients to ask over.
static bool zones_udp_only;

// Whether the last reply lacks something for lack of room.
static bool zones_cut;

// Answers a message in a block that is exactly as large as its room, so that
// whatever is written behind it is seen; over TCP beside the query, which lies in one as
// large as itself. Returns the reply's length; the reply is in `to`.
static inline size_t zones_answer(const struct zone_set *set, uint8_t *to, const uint8_t *msg,
                                  size_t len, size_t room, enum dns_transport transport,
                                  enum drop *drop)
{
	uint8_t *block = malloc(room > len ? room : len), *beside = malloc(len);
	struct dns_request request = {
	        .msg = transport == DNS_TCP ? beside : block,
	        .out = transport == DNS_TCP ? block : NULL,
	        .len = (uint16_t)len,
	        .room = (uint16_t)room,
	        .transport = transport,
	};

	memcpy(request.msg, msg, len);
	answer_queries(&(struct dns_server){.zones = set,
	                                    .policy = &dns_policy_default,
	                                    .last_resort = transport == DNS_UDP
	                                                           ? zones_udp_only
	                                                           : room == UINT16_MAX},
	               &request, 1);
	assert_true(request.reply_len <= room);
	assert_true((request.reply_len == 0) == (request.drop != DROP_NONE));
	if (transport == DNS_TCP)
		assert_memory_equal(beside, msg, len);
	if (request.reply_len)
		assert_ptr_equal(request.msg, block);
	memcpy(to, block, request.reply_len);
	zones_cut = request.reply_len && request.outcome.cut;
	free(block);
	free(beside);
	*drop = request.drop;
	return request.reply_len;
}

// Asks over UDP with all the room there is, and reads the reply.
static inline void zones_ask(const struct zone_set *set, struct message *reply,
                             const struct message_query *query, enum dns_transport transport)
{
	static uint8_t to[UINT16_MAX];
	uint8_t msg[1024];
	size_t len = message_build(msg, sizeof(msg), query);
	enum drop drop;
	size_t reply_len = zones_answer(set, to, msg, len, sizeof(to), transport, &drop);

	assert_int_equal(drop, DROP_NONE);
	message_read(reply, to, reply_len);
	assert_true(reply->question);
	assert_memory_equal(to + 12, msg + 12, dns_name_len(msg + 12) + 4);
}

#endif
