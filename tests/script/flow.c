// flow: arithmetic on sequence numbers and timestamps, both of which wrap.
#include "flow.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <string.h>

#define FLOW_SACK 5
#define FLOW_TS   8

static uint32_t flow_get(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void flow_put(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

// The value of the first option of a kind, at least `least` bytes long, or NULL.
static uint8_t *flow_option(const struct packet *packet, int kind, unsigned least, unsigned *len)
{
	unsigned at = 0;
	uint8_t *value;
	int found;

	while ((found = packet_option(packet, &at, &value, len)) >= 0)
		if (found == kind && *len >= least)
			return value;
	return NULL;
}

static void flow_shift_sack(struct packet *packet, uint32_t offset)
{
	unsigned len;
	uint8_t *blocks = flow_option(packet, FLOW_SACK, 0, &len);

	for (unsigned i = 0; blocks && i + 4 <= len; i += 4)
		flow_put(blocks + i, flow_get(blocks + i) + offset);
}

static uint32_t flow_echo(const struct flow *flow, uint32_t script, bool scaled)
{
	unsigned kept = flow->ts_len < FLOW_TIMESTAMPS ? flow->ts_len : FLOW_TIMESTAMPS;

	for (unsigned i = 1; i <= kept; i++) {
		unsigned slot = (flow->ts_len - i) % FLOW_TIMESTAMPS;

		if (flow->ts[slot].script == script)
			return flow->ts[slot].live;
	}
	if (flow->ts_known && (scaled || script != 0))
		return script - flow->ts_script + flow->ts_live;
	return script;
}

// Learns the peer's initial sequence number from its SYN.
static void flow_begin(struct flow *flow, const struct packet *packet)
{
	if (!flow->remote_known) {
		flow->remote_known = true;
		flow->remote_isn = packet->seq;
	} else if (!(packet->flags & TCP_ACK) && packet->seq != flow->remote_isn) {
		flow->renewing = true;
		flow->renewed_isn = packet->seq;
	}
}

void flow_to_live(struct flow *flow, struct packet *packet, bool scaled)
{
	bool syn = packet->flags & TCP_SYN;
	unsigned len;
	uint8_t *ts;

	if (packet->protocol != IPPROTO_TCP)
		return;
	if (syn)
		flow_begin(flow, packet);
	packet->offset = syn ? 0 : packet->seq - 1;
	if (!syn && !packet->seq_absolute)
		packet->seq += flow->remote_isn;
	if (packet->flags & TCP_ACK) {
		// A SYN's numbers are absolute in a script, also its acknowledgement.
		uint32_t offset = syn ? flow->local_syn_offset : flow->local_isn;

		packet->ack += offset;
		flow_shift_sack(packet, offset);
	}
	ts = flow_option(packet, FLOW_TS, 8, &len);
	if (ts && (packet->flags & TCP_ACK) && !packet->ts_ecr_absolute)
		flow_put(ts + 4, flow_echo(flow, flow_get(ts + 4), scaled));
}

static void flow_map_ts(struct flow *flow, struct packet *packet, const struct packet *expected)
{
	unsigned len;
	uint8_t *ts = flow_option(packet, FLOW_TS, 8, &len);
	const uint8_t *script = flow_option(expected, FLOW_TS, 8, &len);
	uint32_t live;

	if (!ts || !script || expected->any_ts_val)
		return;
	live = flow_get(ts);
	if (!flow->ts_known) {
		flow->ts_known = true;
		flow->ts_script = flow_get(script);
		flow->ts_live = live;
	}
	flow->ts[flow->ts_len % FLOW_TIMESTAMPS].script = flow_get(script);
	flow->ts[flow->ts_len % FLOW_TIMESTAMPS].live = live;
	flow->ts_len++;
	flow_put(ts, live - flow->ts_live + flow->ts_script);
}

void flow_to_script(struct flow *flow, struct packet *packet, const struct packet *expected)
{
	bool syn = packet->flags & TCP_SYN;
	uint32_t offset;

	if (packet->protocol != IPPROTO_TCP)
		return;
	if (syn && flow->renewing && packet->ack == flow->renewed_isn + 1) {
		flow->renewing = false;
		flow->remote_isn = flow->renewed_isn;
		flow->local_known = false;
	}
	if (syn && !flow->local_known) {
		flow->local_known = true;
		flow->local_isn = packet->seq;
		flow->local_syn_offset = packet->seq - expected->seq;
	}
	offset = syn ? flow->local_syn_offset : flow->local_isn;
	packet->offset = syn ? 0 : packet->seq - offset - 1;
	if (!expected->seq_absolute)
		packet->seq -= offset;
	if (packet->flags & TCP_ACK) {
		offset = syn ? 0 : flow->remote_isn;
		packet->ack -= offset;
		flow_shift_sack(packet, -offset);
	}
	flow_map_ts(flow, packet, expected);
}

bool flow_sends(const struct flow *flow, const struct packet *packet)
{
	if (!addr_eq(packet->dst, flow->remote))
		return false;
	if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
		return true;
	return packet->dst_port == flow->remote_port && flow->local_port != 0 &&
	       packet->src_port == flow->local_port;
}

bool flow_is_over(const struct flow *flow, const struct packet *syn)
{
	return flow->local_known && syn->seq != flow->local_isn;
}

uint32_t flow_local_seq(const struct flow *flow, uint32_t seq)
{
	return seq + flow->local_isn;
}
