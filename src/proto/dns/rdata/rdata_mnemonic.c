// rdata_mnemonic: the kinds of fields that are one number which may be written as a mnemonic.
#include "proto/dns/rdata/rdata_internal.h"

#include <strings.h>

struct mnemonic {
	const char *name;
	uint16_t value;
};

// Looks a mnemonic up, in any case; false when it is not in the table.
static bool mnemonic_find(const struct mnemonic *table, size_t table_len, const char *text,
                          size_t len, uint32_t *value)
{
	for (size_t i = 0; i < table_len; i++) {
		if (strlen(table[i].name) == len && strncasecmp(table[i].name, text, len) == 0) {
			*value = table[i].value;
			return true;
		}
	}
	return false;
}

// Parses a number of the kind's size, or a mnemonic.
static bool mnemonic_parse(struct rdata_parser *p, const struct mnemonic *table, size_t table_len)
{
	uint32_t max = (uint32_t)(UINT32_MAX >> (32 - 8 * p->kind->size)), value;

	if (!rdata_parse_number(p, max, &value) &&
	    (p->token.kind != LEX_WORD ||
	     !mnemonic_find(table, table_len, p->token.text, p->token.len, &value)))
		return rdata_parse_refuse(p, NULL, NULL);
	rdata_number_append(p, p->kind->size, value);
	return rdata_parse_next(p);
}

// Writes the first mnemonic of a number, or else its digits.
static void mnemonic_text(struct rdata_text *out, const struct mnemonic *table, size_t table_len,
                          uint32_t value)
{
	for (size_t i = 0; i < table_len; i++) {
		if (table[i].value == value) {
			rdata_text_put(out, table[i].name, strlen(table[i].name));
			return;
		}
	}
	rdata_text_number(out, value);
}

// IANA's registry "DNS Security Algorithm Numbers". If a number has two mnemonics, the first is the
// one that BIND writes.
static const struct mnemonic algorithms[] = {
        {"RSAMD5", 1},
        {"DH", 2},
        {"DSA", 3},
        {"RSASHA1", 5},
        {"NSEC3DSA", 6},
        {"DSA-NSEC3-SHA1", 6},
        {"NSEC3RSASHA1", 7},
        {"RSASHA1-NSEC3-SHA1", 7},
        {"RSASHA256", 8},
        {"RSASHA512", 10},
        {"ECCGOST", 12},
        {"ECC-GOST", 12},
        {"ECDSAP256SHA256", 13},
        {"ECDSA256", 13},
        {"ECDSAP384SHA384", 14},
        {"ECDSA384", 14},
        {"ED25519", 15},
        {"ED448", 16},
        {"INDIRECT", 252},
        {"PRIVATEDNS", 253},
        {"PRIVATEOID", 254},
};

static bool algorithm_parse(struct rdata_parser *p)
{
	return mnemonic_parse(p, algorithms, ARRAY_LEN(algorithms));
}

const struct rdata_kind rdata_kind_algorithm = {
        .help = "an algorithm such as 13 or ECDSAP256SHA256",
        .size = 1,
        .parse = algorithm_parse,
        .text = rdata_number_text,
};

static void cert_algorithm_text(struct rdata_text *out, struct span field)
{
	mnemonic_text(out, algorithms, ARRAY_LEN(algorithms), span_u8(&field));
}

const struct rdata_kind rdata_kind_cert_algorithm = {
        .help = "an algorithm such as 13 or ECDSAP256SHA256",
        .size = 1,
        .parse = algorithm_parse,
        .text = cert_algorithm_text,
};

// RFC 4398 section 2.1.
static const struct mnemonic cert_types[] = {
        {"PKIX", 1}, {"SPKI", 2},   {"PGP", 3},     {"IPKIX", 4}, {"ISPKI", 5},
        {"IPGP", 6}, {"ACPKIX", 7}, {"IACPKIX", 8}, {"URI", 253}, {"OID", 254},
};

static bool cert_type_parse(struct rdata_parser *p)
{
	return mnemonic_parse(p, cert_types, ARRAY_LEN(cert_types));
}

static void cert_type_text(struct rdata_text *out, struct span field)
{
	mnemonic_text(out, cert_types, ARRAY_LEN(cert_types), span_u16(&field));
}

const struct rdata_kind rdata_kind_cert_type = {
        .help = "a certificate's type such as 1 or PKIX",
        .size = 2,
        .parse = cert_type_parse,
        .text = cert_type_text,
};

// RFC 9859 section 2.1.
static const struct mnemonic schemes[] = {{"NOTIFY", 1}};

static bool scheme_parse(struct rdata_parser *p)
{
	return mnemonic_parse(p, schemes, ARRAY_LEN(schemes));
}

static void scheme_text(struct rdata_text *out, struct span field)
{
	mnemonic_text(out, schemes, ARRAY_LEN(schemes), span_u8(&field));
}

const struct rdata_kind rdata_kind_scheme = {
        .help = "a scheme such as 1 or NOTIFY",
        .size = 1,
        .parse = scheme_parse,
        .text = scheme_text,
};

// RFC 2535 section 3.1.3.
static bool key_protocol_parse(struct rdata_parser *p)
{
	static const struct mnemonic protocols[] = {
	        {"NONE", 0}, {"TLS", 1}, {"EMAIL", 2}, {"DNSSEC", 3}, {"IPSEC", 4}, {"ALL", 255},
	};

	return mnemonic_parse(p, protocols, ARRAY_LEN(protocols));
}

const struct rdata_kind rdata_kind_key_protocol = {
        .help = "a protocol such as 3",
        .size = 1,
        .parse = key_protocol_parse,
        .text = rdata_number_text,
};

// RFC 2535 section 3.1.2, RFC 4034 section 2.1.1, RFC 5011 section 7.
static const struct mnemonic flags[] = {
        {"NOKEY", 0xc000}, {"NOAUTH", 0x8000}, {"NOCONF", 0x4000}, {"EXTEND", 0x1000},
        {"NTYP3", 0x0300}, {"HOST", 0x0200},   {"ZONE", 0x0100},   {"USER", 0x0000},
        {"REVOKE", 0x80},  {"KSK", 0x0001},
};

// Parses mnemonics separated by "|", as in "ZONE|KSK".
static bool flags_value(const char *text, size_t len, uint32_t *value)
{
	const char *end = text + len;

	for (*value = 0;; text++) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		const char *stop = bar ? bar : end;
		uint32_t flag;

		if (!mnemonic_find(flags, ARRAY_LEN(flags), text, (size_t)(stop - text), &flag))
			return false;
		*value |= flag;
		text = stop;
		if (!bar)
			return true;
	}
}

static bool key_flags_parse(struct rdata_parser *p)
{
	uint32_t value;

	if (!rdata_parse_number(p, UINT16_MAX, &value) &&
	    (p->token.kind != LEX_WORD || !flags_value(p->token.text, p->token.len, &value)))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u16(p->to, (uint16_t)value);
	return rdata_parse_next(p);
}

const struct rdata_kind rdata_kind_key_flags = {
        .help = "flags such as 257 or ZONE|KSK",
        .size = 2,
        .parse = key_flags_parse,
        .text = rdata_number_text,
};
