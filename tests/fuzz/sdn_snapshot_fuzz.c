// Snapshots of switches that another controller wrote: each is entered or changes nothing, what is
// entered is written again and entered as itself, and a switch that is not held stays as it is.
#include "proto/sdn/sdn_snapshot.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forward_open(struct sdn_forward *forward, bool shared)
{
	struct sdn_forward_conf conf = {.topology = sdn_topology_defaults,
	                                .hosts = sdn_host_defaults};

	conf.topology.shared = shared;
	conf.topology.switches_max = 4;
	conf.topology.ports_max = 8;
	conf.hosts.hosts_max = conf.hosts.addresses_max = 8;
	if (sdn_forward_open(forward, &conf))
		abort();
}

static void snapshot_check(struct sdn_forward *forward, uint64_t datapath_id, mono_t now)
{
	uint8_t bytes[SDN_SNAPSHOT_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));
	uint32_t links = forward->topology.links, hosts = forward->hosts.len;

	sdn_snapshot_put(forward, datapath_id, &out);
	if (out.bad || sdn_snapshot_datapath(span_of(bytes, fill_len(&out))) != datapath_id)
		abort();
	if (!sdn_snapshot_take(forward, span_of(bytes, fill_len(&out)), now) ||
	    forward->topology.links != links || forward->hosts.len != hosts)
		abort();
}

// Of each snapshot its length and its bytes. The second switch is ours.
static void snapshots_take(struct span s, bool shared)
{
	struct sdn_forward forward;
	mono_t now = {SEC_US};

	forward_open(&forward, shared);
	if (sdn_topology_add_switch(&forward.topology, 2, now) == SDN_LIST_NONE)
		abort();
	while (span_left(&s) > 0 && !s.bad) {
		struct span one = span_sub(&s, size_min(span_u16(&s), span_left(&s)));
		uint64_t datapath_id = sdn_snapshot_datapath(one);

		now = mono_add(now, SEC_US);
		if (!sdn_snapshot_take(&forward, one, now))
			continue;
		if (datapath_id == 2)
			abort();
		if (sdn_topology_find_switch(&forward.topology, datapath_id) != SDN_LIST_NONE)
			snapshot_check(&forward, datapath_id, mono_add(now, 1));
	}
	sdn_forward_close(&forward);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	snapshots_take(span_of(data, size), false);
	snapshots_take(span_of(data, size), true);
	return 0;
}
