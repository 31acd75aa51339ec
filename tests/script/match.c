// match: field by field, options in their order. When it came is run.c's matter.
#include "match.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <string.h>

#define MATCH_ECN 3
#define MATCH_EOL 0 // kinds of options
#define MATCH_NOP 1
#define MATCH_TS  8

struct packet match_spec(const struct script_conf *conf, const struct script_packet *spec)
{
	bool ipv6 = conf->ip == SCRIPT_IPV6;
	struct packet packet = {
	        .src = spec->out ? conf->local : conf->remote,
	        .dst = spec->out ? conf->remote : conf->local,
	        .src_port = spec->out ? spec->local_port : spec->remote_port,
	        .dst_port = spec->out ? spec->remote_port : spec->local_port,
	        .tos = spec->tos,
	        .ttl = spec->ttl,
	        .flow_label = spec->flow_label < 0 ? 0 : (uint32_t)spec->flow_label,
	        .len = spec->len,
	        .flags = spec->flags,
	        .reserved = spec->ae,
	        .any_ts_val = spec->any_ts_val,
	        .seq_absolute = spec->seq_absolute,
	        .ts_ecr_absolute = spec->ts_ecr_absolute,
	        .seq = spec->seq,
	        .ack = spec->ack,
	        .window = (uint16_t)(spec->window < 0 ? 0 : spec->window),
	        .urgent = spec->urgent,
	        .options_len = spec->options_len,
	        .type = spec->type,
	        .code = spec->code,
	        .mtu = spec->mtu < 0 ? 0 : (uint32_t)spec->mtu,
	        .id = spec->id,
	};

	packet.protocol = spec->kind == PACKET_TCP   ? IPPROTO_TCP
	                  : spec->kind == PACKET_UDP ? IPPROTO_UDP
	                  : ipv6                     ? IPPROTO_ICMPV6
	                                             : IPPROTO_ICMP;
	memcpy(packet.options, spec->options, sizeof(packet.options));
	return packet;
}

static bool match_field(const char *name, uint64_t expected, uint64_t actual, struct why *why)
{
	if (expected == actual)
		return true;
	why_set(why, "%s should be %llu, is %llu", name, (unsigned long long)expected,
	        (unsigned long long)actual);
	return false;
}

static bool match_ip(const struct script_packet *spec, const struct packet *packet, struct why *why)
{
	uint8_t ecn = packet->tos & MATCH_ECN;

	if (spec->ttl && !match_field("ttl", spec->ttl, packet->ttl, why))
		return false;
	if (spec->flow_label >= 0 &&
	    !match_field("the flow label", (uint64_t)spec->flow_label, packet->flow_label, why))
		return false;
	switch (spec->tos_check) {
	case TOS_ECN:
		return match_field("ECN", spec->tos, ecn, why);
	case TOS_DSCP:
		return match_field("DSCP", spec->tos >> 2, packet->tos >> 2, why);
	case TOS_BYTE:
		return match_field("tos", spec->tos, packet->tos, why);
	case TOS_ECT01:
		return ecn == 1 || ecn == 2 || match_field("ECN", 2, ecn, why);
	default:
		return true;
	}
}

static uint32_t match_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// The echo is compared only when the script asks for it: the language's other runner never
// does, and its scripts may have any number there.
static bool match_ts(const struct script_conf *conf, const struct script_packet *spec,
                     const uint8_t *expected, const uint8_t *actual, struct why *why)
{
	int64_t ticks = (int32_t)(match_u32(actual) - match_u32(expected));

	if (conf->ts_ecr_checked && !spec->any_ts_ecr &&
	    !match_field("TS ecr", match_u32(expected + 4), match_u32(actual + 4), why))
		return false;
	if (conf->ts_tick_us && !spec->any_ts_val &&
	    (ticks < 0 ? -ticks : ticks) * conf->ts_tick_us > conf->tolerance_us)
		return match_field("TS val", match_u32(expected), match_u32(actual), why);
	return true;
}

// One option of both packets.
static bool match_option(const struct script_conf *conf, const struct script_packet *spec, int kind,
                         const uint8_t *expected, unsigned expected_len, const uint8_t *value,
                         unsigned len, struct why *why)
{
	if (len != expected_len) {
		why_set(why, "the length of option %d differs", kind);
		return false;
	}
	if (kind == MATCH_TS && len == 8)
		return match_ts(conf, spec, expected, value, why);
	if (len > 0 && memcmp(value, expected, len) != 0) {
		why_set(why, "the value of option %d differs", kind);
		return false;
	}
	return true;
}

// In the order and with the padding that the script has.
static bool match_options_strictly(const struct script_conf *conf, const struct script_packet *spec,
                                   const struct packet *expected, const struct packet *packet,
                                   struct why *why)
{
	unsigned at = 0, expected_at = 0, len, expected_len;
	uint8_t *value, *expected_value;

	for (;;) {
		int kind = packet_option(packet, &at, &value, &len);
		int expected_kind =
		        packet_option(expected, &expected_at, &expected_value, &expected_len);

		if (kind != expected_kind) {
			why_set(why, "the options differ");
			return false;
		}
		if (kind < 0)
			return match_field("length of options", expected->options_len,
			                   packet->options_len, why);
		if (!match_option(conf, spec, kind, expected_value, expected_len, value, len, why))
			return false;
	}
}

// The next option that is no padding.
static int match_next(const struct packet *packet, unsigned *at, uint8_t **value, unsigned *len)
{
	int kind;

	do {
		kind = packet_option(packet, at, value, len);
	} while (kind == MATCH_EOL || kind == MATCH_NOP);
	return kind;
}

static bool match_find(const struct packet *packet, int kind, uint8_t **value, unsigned *len)
{
	unsigned at = 0;
	int found;

	while ((found = match_next(packet, &at, value, len)) >= 0)
		if (found == kind)
			return true;
	return false;
}

// Each option of one packet is in the other, whatever the order and padding, which mean nothing
// and differ between systems.
static bool match_options(const struct script_conf *conf, const struct script_packet *spec,
                          const struct packet *expected, const struct packet *packet,
                          struct why *why)
{
	unsigned at = 0, len, other_len;
	uint8_t *value, *other;
	int kind;

	if (conf->strict_options)
		return match_options_strictly(conf, spec, expected, packet, why);
	while ((kind = match_next(expected, &at, &value, &len)) >= 0) {
		if (!match_find(packet, kind, &other, &other_len)) {
			why_set(why, "the options differ: %d is not there", kind);
			return false;
		}
		if (!match_option(conf, spec, kind, value, len, other, other_len, why))
			return false;
	}
	at = 0;
	while ((kind = match_next(packet, &at, &value, &len)) >= 0)
		if (!match_find(expected, kind, &other, &other_len)) {
			why_set(why, "the options differ: %d is not expected", kind);
			return false;
		}
	return true;
}

static bool match_tcp(const struct script_conf *conf, const struct script_packet *spec,
                      const struct packet *packet, struct why *why)
{
	static const char *const flags[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
	struct packet expected = match_spec(conf, spec);

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
		if (!match_field(flags[i], spec->flags >> i & 1, packet->flags >> i & 1, why))
			return false;
	return match_field("the reserved bits", expected.reserved, packet->reserved, why) &&
	       (spec->any_seq || match_field("seq", spec->seq, packet->seq, why)) &&
	       match_field("length", spec->len, packet->len, why) &&
	       match_field("ack", spec->ack, packet->ack, why) &&
	       (spec->window < 0 ||
	        match_field("win", (uint64_t)spec->window, packet->window, why)) &&
	       match_field("urg", spec->urgent, packet->urgent, why) &&
	       (spec->any_options || match_options(conf, spec, &expected, packet, why));
}

static bool match_icmp(const struct script_packet *spec, const struct packet *packet,
                       struct why *why)
{
	return match_field("the type", spec->type, packet->type, why) &&
	       match_field("the code", spec->code, packet->code, why) &&
	       (spec->mtu < 0 || match_field("mtu", (uint64_t)spec->mtu, packet->mtu, why)) &&
	       (spec->id == 0 || match_field("id", spec->id, packet->id, why));
}

bool match_packet(const struct script_conf *conf, const struct script_packet *spec,
                  const struct packet *packet, struct why *why)
{
	struct packet expected = match_spec(conf, spec);

	if (!match_field("the protocol", expected.protocol, packet->protocol, why) ||
	    !match_ip(spec, packet, why))
		return false;
	switch (spec->kind) {
	case PACKET_TCP:
		return match_tcp(conf, spec, packet, why);
	case PACKET_UDP:
		return match_field("length", spec->len, packet->len, why);
	default:
		return match_icmp(spec, packet, why);
	}
}
