// network: switches that are joined by cables, for tests of the topology on virtual time: probes go
// where the cables go.
#ifndef SDN_NETWORK_H
#define SDN_NETWORK_H

#include "harness.h"

#include "proto/sdn/sdn_topology.h"

#define NETWORK_PORTS 4096

struct network {
	struct sdn_topology_conf conf;
	struct sdn_topology *topology, own; // the former is the latter, unless a test sets it
	struct sdn_changes changes;
	uint32_t cable[NETWORK_PORTS]; // the port at the other end; SDN_LIST_NONE
	uint64_t probes[NETWORK_PORTS];
	enum sdn_lldp_fault fault;          // of the last probe that arrived
	uint8_t last[SDN_LLDP_PROBE_BYTES]; // sent by any port
	size_t last_len;
	mono_t now;
};

static inline void network_init(struct network *network)
{
	network->topology = &network->own;
	network->now = (mono_t){100 * SEC_US};
	network->changes = (struct sdn_changes){0};
	network->conf = sdn_topology_defaults;
	network->conf.switches_max = 64;
	network->conf.ports_max = NETWORK_PORTS;
	network->conf.key = (struct sdn_lldp_key){{1, 2, 3}, 9};
	network->conf.seed = 5;
	network->conf.changes = &network->changes;
	for (uint32_t i = 0; i < NETWORK_PORTS; i++) {
		network->cable[i] = SDN_LIST_NONE;
		network->probes[i] = 0;
	}
}

static inline void network_open(struct network *network)
{
	network_init(network);
	assert_int_equal(sdn_topology_open(network->topology, &network->conf), 0);
}

// The port, up or down, of a switch by its datapath id, which is added with it.
static inline uint32_t network_port_set(struct network *network, uint64_t datapath_id,
                                        uint32_t number, bool up, bool edge)
{
	uint32_t at = sdn_topology_add_switch(network->topology, datapath_id, network->now);
	struct sdn_port_desc desc = {
	        .number = number, .mac = {2 | (uint64_t)number << 40}, .up = up, .edge = edge};

	return sdn_topology_set_port(network->topology, at, &desc, network->now);
}

static inline uint32_t network_port(struct network *network, uint64_t datapath_id, uint32_t number)
{
	return network_port_set(network, datapath_id, number, true, false);
}

static inline void network_join(struct network *network, uint32_t a, uint32_t b)
{
	network->cable[a] = b;
	network->cable[b] = a;
}

static inline enum sdn_lldp_fault network_input(struct network *network, uint32_t port,
                                                const uint8_t *frame, size_t len)
{
	return sdn_topology_input(network->topology, port, span_of(frame + 14, len - 14),
	                          network->now);
}

// Sends the probes that are due now.
static inline void network_probe(struct network *network)
{
	for (;;) {
		struct fill out = fill_of(network->last, sizeof(network->last));
		uint32_t port = sdn_topology_probe(network->topology, &out, network->now);

		if (port == SDN_LIST_NONE)
			return;
		assert_false(out.bad);
		network->last_len = fill_len(&out);
		network->probes[port]++;
		if (network->cable[port] != SDN_LIST_NONE)
			network->fault = network_input(network, network->cable[port], network->last,
			                               network->last_len);
	}
}

// Lets time pass: from deadline to deadline.
static inline void network_run(struct network *network, uint64_t us)
{
	mono_t end = mono_add(network->now, us);
	unsigned rounds = 0; // at one instant

	for (;;) {
		mono_t next = sdn_topology_next(network->topology);

		if (!mono_due(next, end))
			break;
		if (next.us > network->now.us) {
			network->now = next;
			rounds = 0;
		}
		// What was due is done, or a link was lost and is probed at once: no caller spins.
		assert_true(++rounds < 4);
		network_probe(network);
		sdn_topology_tick(network->topology, 1000, network->now);
	}
	network->now = end;
}

static inline const char *network_state(const struct network *network, uint32_t port)
{
	return sdn_topology_state_name(network->topology->port[port].state);
}

#endif
