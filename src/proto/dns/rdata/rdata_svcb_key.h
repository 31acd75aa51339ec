// rdata_svcb_key: the parameters (SvcParams) of SVCB and HTTPS records (RFC 9460): the format of
// each key's value. Private to rdata_svcb*.c.
#ifndef DNS_RDATA_SVCB_KEY_H
#define DNS_RDATA_SVCB_KEY_H

#include "proto/dns/rdata/rdata_internal.h"

enum svcb_key {
	SVCB_MANDATORY,
	SVCB_ALPN,
	SVCB_NO_DEFAULT_ALPN,
	SVCB_PORT,
	SVCB_IPV4HINT,
	SVCB_ECH,
	SVCB_IPV6HINT,
	SVCB_DOHPATH,
	SVCB_OHTTP,
	SVCB_TLS_GROUPS,
	SVCB_DOCPATH,
	SVCB_KEYS
};

struct svcb_value {
	const char *name;
	const char *help; // what the value is, for reports

	// Whether a value in wire form is valid.
	bool (*check)(struct span value);

	// Appends the wire form of a value in text, in which one level of backslash escapes
	// was already decoded (RFC 9460 appendix A). False when it is malformed.
	bool (*parse)(struct span text, struct fill *to);

	// Writes a valid value that is not empty as text.
	void (*text)(struct rdata_text *out, struct span value);
};

// The format of a key's value; NULL for unknown keys, whose values are opaque.
const struct svcb_value *rdata_svcb_key_find(uint16_t key) PURE;

// Parses a key such as "alpn" or "key65280", in lower case only.
bool rdata_svcb_key_parse(const char *text, size_t len, uint16_t *key) MUST_CHECK;

void rdata_svcb_key_text(struct rdata_text *out, uint16_t key);

#endif
