// rdata_svcb: the parameters of SVCB and HTTPS records (RFC 9460): what each key
// says about its value. Private to rdata_svcb*.c.
#ifndef DNS_RDATA_SVCB_H
#define DNS_RDATA_SVCB_H

#include "proto/dns/rdata/rdata_kind.h"

enum svcb_key {
	SVCB_MANDATORY,
	SVCB_ALPN,
	SVCB_NO_DEFAULT_ALPN,
	SVCB_PORT,
	SVCB_IPV4HINT,
	SVCB_ECH,
	SVCB_IPV6HINT,
	SVCB_DOHPATH,
	SVCB_KEYS
};

struct svcb_value {
	const char *name;
	const char *help; // what the value is, for reports

	// Whether it is sound in wire form.
	bool (*check)(struct span value);

	// Appends the wire form of text whose backslashes were already read once
	// (RFC 9460 appendix A). False when it is malformed.
	bool (*parse)(struct span text, struct fill *to);

	// The text of a sound value that is not empty.
	void (*text)(struct text_out *out, struct span value);
};

// NULL for other keys, whose values are any bytes.
const struct svcb_value *svcb_value_find(uint16_t key) PURE;

// "alpn", "key65280"; in lower case only.
bool svcb_key_parse(const char *text, size_t len, uint16_t *key) MUST_CHECK;

void out_svcb_key(struct text_out *out, uint16_t key);

#endif
