// intent_teach: see the header.
#include "apps/sdn/intent_teach.h"

#include "apps/sdn/sdn_fabric.h"

static bool is_whole(const uint8_t *mask, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (mask[i] != 0xff)
			return false;
	return true;
}

// A host is where its source is known. False: the flow is of no host.
static bool host_teach(struct sdn_fabric *fabric, uint32_t at, const struct sdn_flow *flow,
                       mono_t now)
{
	const struct sdn_key *value = &flow->match.value.key, *mask = &flow->match.mask.key;
	struct sdn_frame frame = {.kind = SDN_FRAME_OTHER};
	uint32_t port;

	if (!is_whole(mask->eth_src, 6) || be16_get(mask->vlan) != 0xffff ||
	    be32_get(mask->in_port) != UINT32_MAX)
		return false;
	port = sdn_topology_find_port(&fabric->forward.topology, at, be32_get(value->in_port));
	frame.src = frame.owner = mac_load(value->eth_src);
	frame.vid = be16_get(value->vlan) & 0x0fff;
	if (port != SDN_LIST_NONE && mac_is_host(frame.src))
		(void)sdn_host_input(&fabric->forward.hosts, &frame, frame.vid, port, now);
	return true;
}

// The destination of a route to one address; false: it is none.
static bool address_of(const struct sdn_flow *flow, struct addr *addr)
{
	const struct sdn_key *value = &flow->match.value.key, *mask = &flow->match.mask.key;
	bool ipv4 = be16_get(value->eth_type) == SDN_FRAME_TYPE_IPV4;
	be32_t bytes;

	memcpy(&bytes, value->dst, sizeof(bytes));
	*addr = ipv4 ? addr_from_ipv4(bytes) : addr_from_bytes(value->dst);
	return is_whole(mask->dst, ipv4 ? 4 : 16);
}

// An address is that of the host to which a route delivers, which is at this switch.
static void address_teach(struct sdn_fabric *fabric, uint32_t at, const struct sdn_flow *flow,
                          mono_t now)
{
	struct sdn_hosts *hosts = &fabric->forward.hosts;
	struct sdn_frame frame = {.kind = SDN_FRAME_ARP_REPLY};
	uint32_t host;

	for (uint32_t i = 0; i < flow->actions_len; i++) {
		if (flow->actions[i].type == SDN_SET_ETH_DST)
			frame.src = frame.owner = mac_load(flow->actions[i].mac);
		if (flow->actions[i].type == SDN_SET_VLAN)
			frame.vid = (uint16_t)flow->actions[i].number;
	}
	host = sdn_host_find(hosts, frame.src, frame.vid);
	if (host == SDN_LIST_NONE ||
	    fabric->forward.topology.port[hosts->host[host].port].at != at ||
	    !address_of(flow, &frame.claim))
		return;
	if (!addr_is_ipv4(frame.claim))
		frame.kind = SDN_FRAME_ADVERTISEMENT;
	(void)sdn_host_input(hosts, &frame, frame.vid, hosts->host[host].port, now);
}

bool intent_teach(struct sdn_switch *sw, const struct sdn_tables *read, mono_t now)
{
	struct sdn_fabric *fabric = sw->all->fabric;
	uint32_t at = sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);

	bool found = false;

	if (at == SDN_LIST_NONE)
		return false;
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < read->flows_len; i++) {
			const struct sdn_flow *flow = &read->flows[i];

			if (!sdn_flow_owned(flow) || flow->odd || flow->odd_match)
				continue;
			if (pass == 0 && flow->table == SDN_TABLE_LEARN)
				found |= host_teach(fabric, at, flow, now);
			else if (pass == 1 && flow->table == SDN_TABLE_ROUTE)
				address_teach(fabric, at, flow, now);
		}
	}
	if (found)
		sdn_fabric_wake(fabric, now);
	return found;
}
