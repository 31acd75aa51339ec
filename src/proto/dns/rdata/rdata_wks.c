// rdata_wks: the kind of field of WKS records: a protocol and a bitmap of ports (RFC 1035 section
// 3.4.2). Reads the names of services that were in use with WKS; always writes numbers.
#include "proto/dns/rdata/rdata_internal.h"

#define PORTS_MAX_BYTES 8192

struct service {
	const char *name;
	uint16_t number;
};

static const struct service protocols[] = {
        {"icmp", 1}, {"igmp", 2}, {"ggp", 3}, {"tcp", 6}, {"egp", 8}, {"udp", 17},
};

// The services of RFC 1010 whose names BIND accepts on Debian, and http and https.
static const struct service services[] = {
        {"echo", 7},     {"discard", 9},  {"systat", 11},   {"daytime", 13},    {"netstat", 15},
        {"qotd", 17},    {"chargen", 19}, {"ftp-data", 20}, {"ftp", 21},        {"ssh", 22},
        {"telnet", 23},  {"smtp", 25},    {"time", 37},     {"nameserver", 42}, {"whois", 43},
        {"nicname", 43}, {"domain", 53},  {"bootps", 67},   {"bootpc", 68},     {"tftp", 69},
        {"gopher", 70},  {"finger", 79},  {"http", 80},     {"kerberos", 88},   {"iso-tsap", 102},
        {"pop3", 110},   {"sunrpc", 111}, {"auth", 113},    {"nntp", 119},      {"ntp", 123},
        {"imap2", 143},  {"snmp", 161},   {"https", 443},   {"syslog", 514},    {"printer", 515},
};

// The bitmap of ports must not have trailing zero bytes.
static struct span wks_take(struct span *rdata)
{
	struct span field = span_sub(rdata, span_left(rdata));
	size_t len = span_left(&field);

	return len == 1 || (len > 1 && len <= 1 + PORTS_MAX_BYTES && field.p[len - 1])
	               ? field
	               : rdata_kind_refuse(rdata);
}

static bool service_parse(struct rdata_parser *p, const struct service *known, size_t known_len,
                          uint32_t max, uint32_t *number)
{
	if (rdata_parse_number(p, max, number))
		return true;
	for (size_t i = 0; i < known_len; i++) {
		if (token_is(&p->token, known[i].name)) {
			*number = known[i].number;
			return true;
		}
	}
	return false;
}

static bool wks_parse(struct rdata_parser *p)
{
	uint8_t ports[PORTS_MAX_BYTES] = {0};
	size_t len = 0;
	uint32_t number;

	if (!service_parse(p, protocols, ARRAY_LEN(protocols), UINT8_MAX, &number))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u8(p->to, (uint8_t)number);
	while (rdata_parse_next(p) && !lex_token_ends(&p->token)) {
		if (!service_parse(p, services, ARRAY_LEN(services), UINT16_MAX, &number))
			return rdata_parse_refuse(p, "a port such as 25 or smtp", NULL);
		ports[number / 8] |= (uint8_t)(0x80 >> number % 8);
		len = number / 8 >= len ? number / 8 + 1 : len;
	}
	fill_bytes(p->to, ports, len);
	return !p->to->bad || rdata_parse_refuse(p, "at most 65535 bytes of data", NULL);
}

static void wks_text(struct rdata_text *out, struct span field)
{
	rdata_text_number(out, span_u8(&field));
	for (unsigned port = 0; port < 8 * span_left(&field); port++) {
		if (!(field.p[port / 8] & 0x80 >> port % 8))
			continue;
		rdata_text_char(out, ' ');
		rdata_text_number(out, port);
	}
}

const struct rdata_kind rdata_kind_wks = {
        .help = "a protocol such as 6 or tcp",
        .take = wks_take,
        .parse = wks_parse,
        .text = wks_text,
};
