// run_packet: packets to the stack, and the search for those that it should send. Packets of
// conversations that the current line is not about are passed over, as scripts of others expect.
#include "run_internal.h"

#include "match.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_PATIENCE_US (INT64_C(60) * 1000000)       // beyond when a packet is due
#define RUN_STAR_US     (INT64_C(4) * 3600 * 1000000) // for one that may come at any time

static struct flow *run_flow_add(struct run *run)
{
	const struct script_conf *conf = &run->script->conf;
	struct flow *flow;

	if (run->flows == RUN_FLOWS) {
		run_end(run, RUN_REFUSED, run->event->line, "more than %u conversations",
		        RUN_FLOWS);
		return NULL;
	}
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	flow->local = conf->local;
	flow->remote = conf->remote;
	run->flow[run->flows++] = flow;
	run->fresh = false;
	return flow;
}

bool run_packet_connect(struct run *run)
{
	struct flow *flow = run_flow_add(run);

	if (!flow)
		return false;
	flow->remote = run->calls.remote.addr;
	flow->remote_port = run->calls.remote.port;
	return true;
}

// The flow with the ports of a line, of which 0 is any; the newest counts.
static struct flow *run_flow_find(const struct run *run, const struct script_packet *spec)
{
	for (unsigned i = run->flows; i > 0; i--) {
		struct flow *flow = run->flow[i - 1];

		if ((spec->remote_port && spec->remote_port != flow->remote_port) ||
		    (spec->local_port && flow->local_port && spec->local_port != flow->local_port))
			continue;
		return flow;
	}
	return NULL;
}

// What a packet to the stack is of; a new flow when it begins one.
static struct flow *run_flow_in(struct run *run, const struct script_packet *spec)
{
	bool ports = spec->remote_port || spec->local_port;
	struct flow *flow = run_flow_find(run, spec);

	if (flow && (ports || !run->fresh || spec->kind == PACKET_ICMP))
		return flow;
	flow = run_flow_add(run);
	if (!flow)
		return NULL;
	flow->remote_port = spec->remote_port ? spec->remote_port : run->next_port++;
	flow->local_port = spec->local_port ? spec->local_port : run->script->conf.bind_port;
	return flow;
}

// The head of the packet that an ICMP error is about: the stack's IP header and eight bytes.
static size_t run_quote(const struct run *run, const struct flow *flow,
                        const struct script_packet *spec, uint8_t bytes[PACKET_BYTES])
{
	struct packet quoted = {
	        .src = flow->local,
	        .dst = flow->remote,
	        .protocol = spec->quoted_protocol,
	        .src_port = flow->local_port,
	        .dst_port = flow->remote_port,
	        .flags = TCP_ACK,
	        .seq = flow_local_seq(flow, spec->seq),
	        .len = spec->len,
	};
	size_t header = addr_is_ipv4(flow->local) ? 20 : 40;
	size_t len = packet_build(&quoted, bytes);

	(void)run;
	return size_min(len, header + 8);
}

static bool run_deliver(struct run *run, const struct packet *packet)
{
	char text[PACKET_TEXT_BYTES];
	size_t len = packet_build(packet, run->bytes);

	if (len == 0)
		return run_end(run, RUN_REFUSED, run->event->line, "the packet is too long");
	if (run->script->conf.verbose)
		printf("%.6f < %s\n", (double)run_now(run) / 1e6, packet_text(packet, text));
	run->target->ops->deliver(run->target->ctx, run->bytes, len);
	return run_step(run, run_now(run));
}

static bool run_packet_icmp(struct run *run, struct flow *flow, struct packet *packet)
{
	const struct script_packet *spec = &run->event->packet;
	uint8_t *quote;
	bool sent;

	packet->len = spec->quoted_protocol == IPPROTO_RAW && spec->len > 8 ? spec->len - 8 : 0;
	if (spec->quoted_protocol == IPPROTO_RAW)
		return run_deliver(run, packet);
	quote = malloc(PACKET_BYTES);
	if (!quote)
		return run_end(run, RUN_REFUSED, run->event->line, "not enough memory");
	packet->len = (uint32_t)run_quote(run, flow, spec, quote);
	packet->payload = quote;
	sent = run_deliver(run, packet);
	free(quote);
	return sent;
}

bool run_packet_in(struct run *run)
{
	const struct script_packet *spec = &run->event->packet;
	const struct script_conf *conf = &run->script->conf;
	struct packet packet = match_spec(conf, spec);
	struct flow *flow;
	int64_t from_us, to_us;

	run_due(run, &from_us, &to_us);
	if (!run_until(run, from_us) ||
	    !run_check_time(run, run->event->line, "the packet", from_us, from_us, run_now(run)))
		return false;
	run->last_us = from_us;
	flow = run_flow_in(run, spec);
	if (!flow)
		return false;
	packet.src = flow->remote;
	packet.dst = flow->local;
	packet.src_port = flow->remote_port;
	packet.dst_port = spec->local_port ? spec->local_port : flow->local_port;
	if (spec->kind == PACKET_ICMP)
		return run_packet_icmp(run, flow, &packet);
	flow_to_live(flow, &packet, conf->ts_ecr_scaled);
	return run_deliver(run, &packet);
}

// Whether the stack's packet is of the flow; the first SYN of a flow that connects gives it
// its port.
static bool run_is_of(const struct run *run, struct flow *flow, const struct packet *packet)
{
	bool opens =
	        packet->protocol == IPPROTO_UDP || (packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	if (flow->local_port == 0 && opens && addr_eq(packet->dst, flow->remote) &&
	    packet->dst_port == flow->remote_port) {
		for (unsigned i = 0; i < run->flows; i++)
			if (run->flow[i] != flow && flow_sends(run->flow[i], packet) &&
			    !flow_is_over(run->flow[i], packet))
				return false;
		flow->local_port = packet->src_port;
	}
	return flow_sends(flow, packet);
}

// ICMP of the stack, such as the answer to a ping, is passed over unless it is expected.
static bool run_is_wanted(const struct run *run, const struct packet *packet)
{
	bool icmp = packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6;

	return !icmp || run->event->packet.kind == PACKET_ICMP;
}

// The flow that a line's packet, which the stack should send, is of.
static struct flow *run_flow_out(struct run *run, const struct script_packet *spec)
{
	struct flow *flow = run_flow_find(run, spec);

	// A datagram of a socket that was not connected goes to where scripts send by default.
	if (!flow && spec->kind == PACKET_UDP) {
		flow = run_flow_add(run);
		if (flow)
			flow->remote_port = spec->remote_port ? spec->remote_port
			                                      : run->script->conf.connect_port;
	}
	return flow;
}

// The next packet of the flow, and when it was sent, waiting for it until `until`; the bytes
// are run->bytes. False with the result set, or with *at_us negative when there was none.
static bool run_take(struct run *run, struct flow *flow, int64_t until_us, struct packet *packet,
                     int64_t *at_us)
{
	char text[PACKET_TEXT_BYTES];
	struct why why;
	uint64_t at;
	size_t len;

	for (;;) {
		len = run->target->ops->take(run->target->ctx, run->bytes, sizeof(run->bytes), &at);
		if (len == 0) {
			*at_us = -1;
			if (run_now(run) >= until_us || !run_step(run, until_us))
				return false;
			continue;
		}
		*at_us = (int64_t)(at - run->start_us);
		if (packet_parse(packet, run->bytes, len, &why) != 0)
			return run_end(run, RUN_FAILED, run->event->line, "the stack sent %s",
			               why.text);
		if (run->script->conf.verbose)
			printf("%.6f > %s\n", (double)*at_us / 1e6, packet_text(packet, text));
		if (run_is_wanted(run, packet) && run_is_of(run, flow, packet))
			return true;
	}
}

// That a segment's bytes are those of the stream.
static bool run_check_bytes(struct run *run, const struct packet *packet)
{
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return true;
	for (uint32_t i = 0; i < packet->len; i++)
		if (packet->payload[i] != packet_byte((uint64_t)packet->offset + i))
			return run_end(run, RUN_FAILED, run->event->line,
			               "byte %u of the packet's %u is not what was written", i,
			               packet->len);
	return true;
}

// A line may stand for several segments that the stack cut where the script's did
// not: they count as one, with the last one's flags. Whether PSH is set in the middle of what
// an application writes depends on where it is cut (RFC 9293 section 3.9.1.2), so it is then
// not compared.
static bool run_gather(struct run *run, struct flow *flow, struct packet *packet)
{
	const struct script_packet *spec = &run->event->packet;
	struct packet expected = match_spec(&run->script->conf, spec), more;
	int64_t at_us;

	if (!run_check_bytes(run, packet))
		return false;
	if (run->script->conf.strict_segments || spec->kind != PACKET_TCP)
		return true;
	while (packet->len > 0 && packet->len < spec->len && packet->seq == spec->seq) {
		if (!run_take(run, flow, run_now(run), &more, &at_us))
			return run->result == RUN_PASSED;
		flow_to_script(flow, &more, &expected);
		if (!run_check_bytes(run, &more))
			return false;
		if (more.seq != packet->seq + packet->len || more.len == 0)
			return true;
		more.seq = packet->seq;
		more.len += packet->len;
		more.payload = NULL;
		more.flags = (uint8_t)((more.flags & ~TCP_PSH) | (spec->flags & TCP_PSH));
		*packet = more;
	}
	return true;
}

// The expected packet's line, without what the script does not say.
static const char *run_expected_text(const struct run *run, char text[PACKET_TEXT_BYTES])
{
	const struct script_packet *spec = &run->event->packet;
	struct packet expected = match_spec(&run->script->conf, spec);
	char *window;

	packet_text(&expected, text);
	window = strstr(text, " win 0");
	if (window && spec->window < 0)
		memmove(window, window + 6, strlen(window + 6) + 1);
	if (spec->any_options)
		strncat(text, " <...>", PACKET_TEXT_BYTES - strlen(text) - 1);
	return text;
}

// Says what was expected and what came; a warning where the script says so.
static bool run_differs(struct run *run, const struct packet *packet, const struct why *why)
{
	char should[PACKET_TEXT_BYTES], is[PACKET_TEXT_BYTES];

	run_expected_text(run, should);
	packet_text(packet, is);
	if (!run->script->conf.warn_packet)
		return run_end(run, RUN_FAILED, run->event->line,
		               "%s\n  expected: > %s\n  actual:   > %s", why->text, should, is);
	printf("%s:%d: warning: %s\n  expected: > %s\n  actual:   > %s\n", run->script->file,
	       run->event->line, why->text, should, is);
	return true;
}

bool run_packet_out(struct run *run)
{
	const struct script_event *event = run->event;
	const struct script_conf *conf = &run->script->conf;
	struct packet packet, expected = match_spec(conf, &event->packet);
	struct flow *flow = run_flow_out(run, &event->packet);
	bool star = event->time.kind == TIME_STAR;
	int64_t from_us, to_us, at_us;
	char text[PACKET_TEXT_BYTES];
	struct why why;

	if (!flow)
		return run_end(run, RUN_REFUSED, event->line,
		               "no packet or call before says what conversation this is of");
	run_due(run, &from_us, &to_us);
	if (!run_take(run, flow, star ? run_now(run) + RUN_STAR_US : to_us + RUN_PATIENCE_US,
	              &packet, &at_us))
		return run_end(run, RUN_FAILED, event->line, "no packet came\n  expected: > %s",
		               run_expected_text(run, text));
	flow_to_script(flow, &packet, &expected);
	if (!run_gather(run, flow, &packet))
		return false;
	if (!match_packet(conf, &event->packet, &packet, &why) && !run_differs(run, &packet, &why))
		return false;
	if (!star &&
	    !run_check_time(run, event->line, packet_text(&packet, text), from_us, to_us, at_us))
		return false;
	run->last_us = star ? run_now(run) : from_us;
	return true;
}
