// rdata_address: fields that are the address of an interface.
#include "proto/dns/rdata_kind.h"

#include <arpa/inet.h>

bool parser_address(struct rdata_parser *p, int family)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (p->token.kind != LEX_WORD || p->token.len >= sizeof(text))
		return false;
	memcpy(text, p->token.text, p->token.len);
	text[p->token.len] = 0;
	if (inet_pton(family, text, bytes) != 1)
		return false;
	fill_bytes(p->to, bytes, family == AF_INET ? 4 : 16);
	return true;
}

static bool ipv4_parse(struct rdata_parser *p)
{
	return parser_address(p, AF_INET) ? parser_next(p) : parser_refuse(p, NULL, NULL);
}

static void ipv4_text(struct text_out *out, struct span field)
{
	out_address(out, AF_INET, field.p);
}

const struct rdata_kind kind_ipv4 = {
        .help = "an IPv4 address such as 192.0.2.1",
        .size = 4,
        .parse = ipv4_parse,
        .text = ipv4_text,
};

static bool ipv6_parse(struct rdata_parser *p)
{
	return parser_address(p, AF_INET6) ? parser_next(p) : parser_refuse(p, NULL, NULL);
}

static void ipv6_text(struct text_out *out, struct span field)
{
	out_address(out, AF_INET6, field.p);
}

const struct rdata_kind kind_ipv6 = {
        .help = "an IPv6 address such as 2001:db8::1",
        .size = 16,
        .parse = ipv6_parse,
        .text = ipv6_text,
};
