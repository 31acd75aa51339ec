// Frames that hosts send to a controller: each is learned from and asked about, at one of four
// ports of a switch, as the appliance does. Whatever is answered is a frame without a fault, no
// bytes are a probe of ours, and all that was learned is forgotten in the end.
#include "proto/sdn/sdn_proxy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PORTS 4

struct lab {
	struct sdn_topology topology;
	struct sdn_hosts hosts;
	struct sdn_changes changes;
	mono_t now;
};

static void lab_open(struct lab *lab)
{
	struct sdn_topology_conf topology = sdn_topology_defaults;
	struct sdn_host_conf hosts = sdn_host_defaults;
	uint32_t at;

	lab->now = (mono_t){SEC_US};
	topology.switches_max = 1;
	topology.ports_max = PORTS;
	topology.key.instance = 1;
	hosts.hosts_max = hosts.addresses_max = 4;
	hosts.port_hosts_max = 3;
	hosts.host_addresses_max = 2;
	topology.changes = hosts.changes = &lab->changes;
	if (sdn_topology_open(&lab->topology, &topology) ||
	    sdn_host_open(&lab->hosts, &hosts, &lab->topology))
		abort();
	at = sdn_topology_add_switch(&lab->topology, 1, lab->now);
	for (uint32_t i = 0; i < PORTS; i++) {
		struct sdn_port_desc desc = {.number = i + 1, .up = true, .edge = i > 0};

		sdn_topology_set_port(&lab->topology, at, &desc, lab->now);
	}
	sdn_host_set_server(&lab->hosts, PORTS - 1, true);
}

static void answer_check(const struct sdn_frame *frame, const struct fill *reply)
{
	enum sdn_frame_kind kind = frame->kind == SDN_FRAME_ARP_REQUEST ? SDN_FRAME_ARP_REPLY
	                                                                : SDN_FRAME_ADVERTISEMENT;
	struct sdn_frame answer;

	if (reply->bad || sdn_frame_decode(&answer, reply->start, fill_len(reply)) ||
	    answer.kind != kind || !addr_eq(answer.claim, frame->target) ||
	    !mac_eq(answer.dst, frame->src) || answer.tci != frame->tci)
		abort();
}

static void frame_input(struct lab *lab, uint32_t port, const uint8_t *bytes, size_t len)
{
	uint8_t room[SDN_PROXY_REPLY_BYTES];
	struct fill reply = fill_of(room, sizeof(room));
	struct sdn_frame frame;

	if (sdn_frame_decode(&frame, bytes, len))
		return;
	if (frame.kind == SDN_FRAME_LLDP &&
	    sdn_topology_input(&lab->topology, port, frame.body, lab->now) == SDN_LLDP_SOUND)
		abort();
	sdn_host_input(&lab->hosts, &frame, frame.vid, port, lab->now);
	if (sdn_proxy_input(&lab->hosts, &frame, frame.vid, port, &reply) == SDN_PROXY_ANSWER)
		answer_check(&frame, &reply);
	else if (fill_len(&reply))
		abort();
}

// Of each frame the port and how long it took to come, its length, its bytes.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of(data, size);
	struct lab lab = {0};

	lab_open(&lab);
	while (span_left(&s) && !s.bad) {
		uint8_t head = span_u8(&s);
		size_t len = size_min(span_u16(&s), span_left(&s));
		const uint8_t *bytes = span_take(&s, len);

		lab.now = mono_add(lab.now, (head >> 2) * 100 * MS_US);
		sdn_host_tick(&lab.hosts, 1, lab.now);
		if (bytes)
			frame_input(&lab, head % PORTS, bytes, len);
	}
	lab.now = mono_add(lab.now, 2 * lab.hosts.conf.host_us);
	sdn_host_tick(&lab.hosts, 100, lab.now);
	if (lab.hosts.len || lab.hosts.addresses_len || lab.topology.links)
		abort();
	sdn_host_close(&lab.hosts);
	sdn_topology_close(&lab.topology);
	return 0;
}
