// query_want: see the header.
#include "proto/bench/query_want.h"

#include "core/span.h"
#include "proto/dns/wire/dns_wire.h"

#define POINTER 0xc0

// Past a name, compressed or not.
static void skip_name(struct span *from)
{
	for (;;) {
		uint8_t len = span_u8(from);

		if (len >= POINTER)
			(void)span_u8(from);
		if (from->bad || len == 0 || len >= POINTER)
			return;
		(void)span_take(from, len);
	}
}

static bool is_among(const struct query_want *want, uint16_t type, struct span *records, uint16_t n)
{
	for (uint16_t i = 0; i < n && !records->bad; i++) {
		uint16_t own_type, len;
		const uint8_t *rdata;

		skip_name(records);
		own_type = span_u16(records);
		(void)span_take(records, sizeof(uint16_t) + sizeof(uint32_t)); // class, TTL
		len = span_u16(records);
		rdata = span_take(records, len);
		if (!records->bad && own_type == type && len == want->rdata_len &&
		    memcmp(rdata, want->rdata, len) == 0)
			return true;
	}
	return false;
}

bool query_want_is_met(const struct query_want *want, uint16_t type, const uint8_t *msg, size_t len,
                       size_t at)
{
	uint16_t answers = be16_get(((const struct dns_hdr *)msg)->ancount);
	struct span records = span_of(msg + at, len - at);

	if (want->answers != QUERY_ANY_ANSWERS && want->answers != answers)
		return false;
	return want->rdata_len == 0 || is_among(want, type, &records, answers);
}
