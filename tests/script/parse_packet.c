// parse_packet: packets as scripts write them: "< [ect0] 40000 > 8080 P. 1:101(100) ack 1 win
// 257". The options behind them are in parse_option.c.
#include "parse_internal.h"

#include "icmp_name.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <strings.h>

#define PARSE_FLOW_LABEL_MAX 0xfffff

static bool parse_packet_ecn(struct parse *parse, struct script_packet *packet)
{
	static const char *const names[] = {"noecn", "ect1", "ect0", "ce"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (!parse_accept_word(parse, names[i]))
			continue;
		packet->tos_check = TOS_ECN;
		packet->tos = (uint8_t)i;
		return true;
	}
	if (!parse_is_word(parse, "ect01"))
		return false;
	if (!packet->out)
		return parse_fail(parse, parse->token.line,
		                  "[ect01] is for packets that are expected only");
	packet->tos_check = TOS_ECT01;
	parse_next(parse);
	return true;
}

// RFC 2474, 2597, 3246, 5865, 8622: a number, or a name.
static bool parse_packet_dscp(struct parse *parse, struct script_packet *packet)
{
	static const struct {
		const char *name;
		uint8_t value;
	} names[] = {
	        {"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},
	        {"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},
	        {"af22", 20}, {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34},
	        {"af42", 36}, {"af43", 38}, {"ef", 46},   {"va", 44},   {"le", 1},
	};
	uint64_t number = 0;
	bool named = false;

	for (unsigned i = 0; i < ARRAY_LEN(names) && !named; i++) {
		named = parse->token.kind == TOKEN_WORD &&
		        strcasecmp(parse->token.text, names[i].name) == 0;
		number = names[i].value;
	}
	if (named)
		parse_next(parse);
	else if (!parse_uint(parse, "dscp", 63, &number))
		return false;
	packet->tos_check = TOS_DSCP;
	packet->tos = (uint8_t)(number << 2);
	return true;
}

// The ECN field, behind "dscp" that of the same byte.
static bool parse_packet_marks(struct parse *parse, struct script_packet *packet)
{
	uint8_t dscp = packet->tos_check == TOS_DSCP ? packet->tos : 0;
	bool named = packet->tos_check == TOS_DSCP;

	if (!parse_packet_ecn(parse, packet))
		return false;
	if (!named)
		return true;
	if (packet->tos_check == TOS_ECT01)
		return parse_fail(parse, parse->token.line, "dscp with ect01 is not supported");
	packet->tos_check = TOS_BYTE;
	packet->tos |= dscp;
	return true;
}

// What the header calls TOS or class, as a number.
static bool parse_packet_tos(struct parse *parse, struct script_packet *packet)
{
	uint64_t number = 0;

	packet->tos_check = TOS_BYTE;
	if (!parse_uint(parse, "tos", UINT8_MAX, &number))
		return false;
	packet->tos = (uint8_t)number;
	return true;
}

static bool parse_packet_ttl(struct parse *parse, struct script_packet *packet)
{
	uint64_t number = 0;

	if (!parse_uint(parse, "ttl", UINT8_MAX, &number))
		return false;
	packet->ttl = (uint8_t)number;
	return true;
}

static bool parse_packet_ip(struct parse *parse, struct script_packet *packet)
{
	uint64_t number = 0;

	if (parse_accept_word(parse, "ecn") || parse_accept_word(parse, "ECN"))
		return parse_packet_marks(parse, packet) ||
		       parse_expected(parse, "noecn, ect0, ect1, ect01 or ce");
	if (parse_packet_marks(parse, packet))
		return true;
	if (parse_accept_word(parse, "dscp"))
		return parse_packet_dscp(parse, packet);
	if (parse_accept_word(parse, "tos") || parse_accept_word(parse, "class"))
		return parse_packet_tos(parse, packet);
	if (parse_accept_word(parse, "ttl") || parse_accept_word(parse, "hlim"))
		return parse_packet_ttl(parse, packet);
	if (parse_accept_word(parse, "flowlabel")) {
		if (parse->script->conf.ip != SCRIPT_IPV6)
			return parse_fail(parse, parse->token.line, "only IPv6 has flow labels");
		if (!parse_uint(parse, "flowlabel", PARSE_FLOW_LABEL_MAX, &number))
			return false;
		packet->flow_label = (int32_t)number;
		return true;
	}
	return parse_expected(parse, "noecn, ect0, ect1, ect01, ce, tos, class, dscp, ttl, hlim or "
	                             "flowlabel");
}

// Nothing, or "SOURCE > DESTINATION".
static bool parse_packet_ports(struct parse *parse, struct script_packet *packet)
{
	uint64_t src, dst;

	// A number that is no port is the counter of AccECN, with which the flags begin.
	if (parse->token.kind != TOKEN_INTEGER || parse_is_before(parse, '.'))
		return !parse->failed;
	if (!parse_uint(parse, "a port", UINT16_MAX, &src) || !parse_expect(parse, '>') ||
	    !parse_uint(parse, "a port", UINT16_MAX, &dst))
		return false;
	packet->local_port = (uint16_t)(packet->out ? src : dst);
	packet->remote_port = (uint16_t)(packet->out ? dst : src);
	return true;
}

// A letter, or the counter of AccECN, whose three bits are AE, CWR and ECE.
static bool parse_packet_flag(char letter, struct script_packet *packet)
{
	static const char letters[] = "FSRP.UEW";
	const char *at = strchr(letters, letter);

	if (letter >= '0' && letter <= '7') {
		packet->ae = letter & 4;
		packet->flags |= (uint8_t)((letter & 2 ? TCP_CWR : 0) | (letter & 1 ? TCP_ECE : 0));
		return true;
	}
	if (letter == 'A')
		packet->ae = true;
	else if (at && letter != '\0')
		packet->flags |= (uint8_t)(1u << (at - letters));
	else
		return false;
	return true;
}

// "S", "S.", "FP.", ".", "-", or with AccECN "SEWA" and "P6."
static bool parse_packet_flags(struct parse *parse, struct script_packet *packet)
{
	if (parse_accept(parse, '-'))
		return true;
	if (parse->token.kind == TOKEN_WORD || parse->token.kind == TOKEN_INTEGER) {
		for (const char *letter = parse->token.text; *letter; letter++)
			if (!parse_packet_flag(*letter, packet))
				return parse_expected(parse, "flags of S, F, R, P, U, E, W, A");
		parse_next(parse);
	} else if (!parse_is(parse, '.') && parse->token.kind != TOKEN_FLOAT) {
		return parse_expected(parse, "flags");
	}
	if (parse->token.kind == TOKEN_FLOAT)
		return parse_fail(parse, parse->token.line,
		                  "counters of AccECN are not supported in flags");
	if (parse_accept(parse, '.'))
		packet->flags |= TCP_ACK;
	return true;
}

// Behind "...", a length: which bytes they are does not matter.
static bool parse_packet_any_seq(struct parse *parse, struct script_packet *packet)
{
	uint64_t len = 0;

	if (!packet->out)
		return parse_fail(parse, parse->token.line,
		                  "a number ... is for packets that are expected only");
	parse_next(parse);
	if (!parse_expect(parse, '(') || !parse_uint(parse, "a length", UINT16_MAX, &len) ||
	    !parse_expect(parse, ')'))
		return false;
	packet->any_seq = true;
	packet->len = (uint32_t)len;
	return true;
}

// FIRST:LAST(LENGTH), with ! behind numbers that are not relative to the SYN's.
static bool parse_packet_seq(struct parse *parse, struct script_packet *packet)
{
	uint64_t first, last, len;
	int line = parse->token.line;

	if (parse->token.kind == TOKEN_ELLIPSIS)
		return parse_packet_any_seq(parse, packet);
	if (!parse_uint(parse, "a sequence number", UINT32_MAX, &first) ||
	    !parse_expect(parse, ':') ||
	    !parse_uint(parse, "a sequence number", UINT32_MAX, &last) ||
	    !parse_expect(parse, '(') || !parse_uint(parse, "a length", UINT16_MAX, &len) ||
	    !parse_expect(parse, ')'))
		return false;
	if ((uint32_t)(first + len) != (uint32_t)last)
		return parse_fail(parse, line, "%llu:%llu does not have %llu bytes",
		                  (unsigned long long)first, (unsigned long long)last,
		                  (unsigned long long)len);
	packet->seq = (uint32_t)first;
	packet->len = (uint32_t)len;
	packet->seq_absolute = parse_accept(parse, '!');
	return !parse->failed;
}

// Whether an opened bracket is that of a packet that an ICMP message is about.
static bool parse_packet_is_quoted(const struct parse *parse)
{
	return parse->token.kind == TOKEN_INTEGER || parse_is_word(parse, "udp") ||
	       parse_is_word(parse, "raw");
}

// The packet that the message is about, behind its bracket: 1:1001(1000)], udp (100)] or
// raw (100)].
static bool parse_packet_quoted(struct parse *parse, struct script_packet *packet)
{
	uint64_t len = 0;

	packet->quoted_protocol = IPPROTO_TCP;
	if (parse_is_word(parse, "udp") || parse_is_word(parse, "raw")) {
		packet->quoted_protocol = parse_is_word(parse, "udp") ? IPPROTO_UDP : IPPROTO_RAW;
		parse_next(parse);
		if (!parse_expect(parse, '(') || !parse_uint(parse, "a length", UINT16_MAX, &len) ||
		    !parse_expect(parse, ')'))
			return false;
		packet->len = (uint32_t)len;
	} else if (!parse_packet_seq(parse, packet)) {
		return false;
	}
	return parse_expect(parse, ']');
}

// Nothing, or in brackets or parentheses what the IP header has, and before "icmp" the packet
// that the message is about.
static bool parse_packet_ip_opt(struct parse *parse, struct script_packet *packet)
{
	char close = parse_is(parse, '[') ? ']' : ')';

	if (!parse_accept(parse, '[') && !parse_accept(parse, '('))
		return !parse->failed;
	if (close == ']' && parse_packet_is_quoted(parse))
		return parse_packet_quoted(parse, packet);
	do {
		if (!parse_packet_ip(parse, packet))
			return false;
	} while (parse_accept(parse, ','));
	if (!parse_expect(parse, close))
		return false;
	return !parse_accept(parse, '[') || parse_packet_quoted(parse, packet);
}

// False: "/udp(9899 > 9899)" is here.
static bool parse_packet_is_bare(struct parse *parse)
{
	return !parse_is(parse, '/') ||
	       parse_fail(parse, parse->token.line, "packets of TCP in UDP are not supported");
}

static bool parse_packet_tcp(struct parse *parse, struct script_packet *packet)
{
	uint64_t number = 0;

	if (!parse_packet_flags(parse, packet) || !parse_packet_is_bare(parse) ||
	    !parse_packet_seq(parse, packet) || !parse_packet_is_bare(parse))
		return false;
	if (parse_accept_word(parse, "ack")) {
		if (!parse_uint(parse, "ack", UINT32_MAX, &number))
			return false;
		packet->ack = (uint32_t)number;
	}
	packet->window = -1;
	if (parse_accept_word(parse, "win")) {
		if (!parse_uint(parse, "win", UINT16_MAX, &number))
			return false;
		packet->window = (int32_t)number;
	}
	if (parse_accept_word(parse, "urg")) {
		if (!parse_uint(parse, "urg", UINT16_MAX, &number))
			return false;
		packet->urgent = (uint16_t)number;
	}
	if (!parse_option_list(parse, packet))
		return false;
	if (parse_is(parse, '{'))
		return parse_fail(parse, parse->token.line, "packets cannot be mutated here");
	return !parse->failed;
}

// "udp", ports, and the length in parentheses.
static bool parse_packet_udp(struct parse *parse, struct script_packet *packet)
{
	uint64_t len = 0;

	packet->kind = PACKET_UDP;
	if (!parse_packet_ports(parse, packet) || !parse_expect(parse, '(') ||
	    !parse_uint(parse, "a length", UINT16_MAX, &len) || !parse_expect(parse, ')'))
		return false;
	packet->len = (uint32_t)len;
	return true;
}

// "icmp" and what follows; the packet that it is about may stand before it.
static bool parse_packet_icmp(struct parse *parse, struct script_packet *packet)
{
	bool ipv6 = parse->script->conf.ip == SCRIPT_IPV6;
	const char *type = parse->token.text, *code = NULL;
	int line = parse->token.line;
	uint64_t number = 0;

	packet->mtu = -1;
	if (parse->token.kind != TOKEN_WORD)
		return parse_expected(parse, "a type of ICMP");
	parse_next(parse);
	if (parse->token.kind == TOKEN_WORD && !parse_is_word(parse, "mtu") &&
	    !parse_is_word(parse, "id")) {
		code = parse->token.text;
		parse_next(parse);
	}
	if (!icmp_name_find(ipv6, type, code, &packet->type, &packet->code))
		return parse_fail(parse, line, "no type and code of ICMP%s: %.60s %.60s",
		                  ipv6 ? "v6" : "", type, code ? code : "");
	if (parse_accept_word(parse, "mtu")) {
		if (!parse_uint(parse, "mtu", ipv6 ? UINT32_MAX : UINT16_MAX, &number))
			return false;
		packet->mtu = (int64_t)number;
	}
	if (parse_accept_word(parse, "id")) {
		if (!parse_uint(parse, "id", UINT16_MAX, &number))
			return false;
		packet->id = (uint16_t)number;
	}
	if (packet->quoted_protocol)
		return true;
	packet->quoted_protocol = IPPROTO_TCP;
	return !parse_accept(parse, '[') || parse_packet_quoted(parse, packet);
}

static bool parse_packet_is_one_of(const struct parse *parse, const char *const *words)
{
	for (; *words; words++)
		if (parse_is_word(parse, *words))
			return true;
	return false;
}

// What others' scripts have and wadi has not.
static bool parse_packet_is_ours(struct parse *parse)
{
	static const char *const tunnels[] = {"ipv4", "ipv6", "gre", "GREv0", "mpls", "psp", NULL};
	static const char *const protocols[] = {"sctp", "udplite", "igmp", NULL};

	if (parse_packet_is_one_of(parse, tunnels))
		return parse_fail(parse, parse->token.line,
		                  "packets in tunnels (%s) are not supported", parse->token.text);
	if (parse_packet_is_one_of(parse, protocols))
		return parse_fail(parse, parse->token.line, "packets of %s are not supported",
		                  parse->token.text);
	return true;
}

bool parse_packet(struct parse *parse, struct script_packet *packet)
{
	*packet = (struct script_packet){
	        .out = parse_is(parse, '>'), .window = -1, .mtu = -1, .flow_label = -1};
	parse_next(parse);
	if (!parse_packet_is_ours(parse) || !parse_packet_ip_opt(parse, packet))
		return false;
	if (parse_accept_word(parse, "udp"))
		return parse_packet_udp(parse, packet);
	if (packet->quoted_protocol && !parse_is_word(parse, "icmp"))
		return parse_expected(parse, "icmp");
	if (parse_accept_word(parse, "icmp")) {
		packet->kind = PACKET_ICMP;
		return parse_packet_icmp(parse, packet);
	}
	return parse_packet_ports(parse, packet) && parse_packet_tcp(parse, packet);
}
