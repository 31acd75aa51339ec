// sdn_snapshot: see the header. The bytes, in network order: a magic number, the datapath id, the
// number of ports, of each its number, its kind, and of a link the other end; then of each host, to
// the end, its port, MAC address, VLAN and addresses. With the other magic number there are the
// kinds of shared networks, and each host's moves behind its VLAN.
#include "proto/sdn/sdn_snapshot.h"

#define MAGIC         UINT32_C(0x77736e31)
#define MAGIC_SHARED  UINT32_C(0x77736e32)
#define ADDRESSES_MAX 16 // of a host; a longer list is malformed
#define HOST_BYTES    (4 + 6 + 2 + 4 + 1)

enum port_kind {
	PORT_EDGE,
	PORT_LINK,  // both directions are known: not of a shared network
	PORT_HEARS, // the peer's probes; of a shared network
	PORT_UP,    // it is not known where it leads; likewise
};

struct port_row {
	uint32_t number;
	uint8_t kind;
	struct sdn_change_end peer;
};

// Rows that are read.
struct rows {
	struct span bytes;
	uint32_t ports;
	bool shared;
};

struct host_row {
	uint32_t port;
	struct mac mac;
	uint16_t vid;
	uint32_t moves;
	uint8_t addresses_len;
	struct addr addresses[ADDRESSES_MAX];
};

static void port_put(const struct sdn_topology *topology, uint32_t port, struct fill *out)
{
	const struct sdn_topology_port *p = &topology->port[port];
	uint32_t other = topology->conf.shared ? p->from : sdn_topology_peer(topology, port);
	struct sdn_change_end peer = sdn_topology_end(topology, other);

	fill_u32(out, p->number);
	if (other == SDN_LIST_NONE) {
		fill_u8(out, p->state == SDN_PORT_EDGE ? PORT_EDGE : PORT_UP);
		return;
	}
	fill_u8(out, topology->conf.shared ? PORT_HEARS : PORT_LINK);
	fill_u64(out, peer.datapath_id);
	fill_u32(out, peer.port);
}

// False: there is no room.
static bool host_put(const struct sdn_hosts *hosts, uint32_t host, uint32_t number,
                     struct fill *out)
{
	const struct sdn_host_entry *of = &hosts->host[host];
	uint8_t mac[6], bytes[16];
	uint32_t len = of->addresses_len < ADDRESSES_MAX ? of->addresses_len : ADDRESSES_MAX;
	uint32_t address = of->addresses.tail;

	if (fill_left(out) < HOST_BYTES + len * sizeof(bytes))
		return false;
	fill_u32(out, number);
	mac_store(mac, of->mac);
	fill_bytes(out, mac, sizeof(mac));
	fill_u16(out, of->vid);
	if (hosts->topology->conf.shared)
		fill_u32(out, of->moves);
	fill_u8(out, (uint8_t)len);
	for (; len > 0; len--, address = hosts->address_host_link[address].prev) {
		addr_to_bytes(hosts->address[address].addr, bytes);
		fill_bytes(out, bytes, sizeof(bytes));
	}
	return true;
}

// Whether the snapshot has the port: it is known where it leads, or others are to know that this is
// to be found out.
static bool has_port(const struct sdn_topology *topology, const struct sdn_topology_port *port)
{
	if (topology->conf.shared)
		return port->state != SDN_PORT_DOWN;
	return port->state == SDN_PORT_EDGE || port->state == SDN_PORT_LINK;
}

static void hosts_put(const struct sdn_forward *forward, uint32_t port, struct fill *out)
{
	const struct sdn_hosts *hosts = &forward->hosts;

	for (uint32_t host = hosts->port[port].hosts.head; host != SDN_LIST_NONE;
	     host = hosts->host_port_link[host].next)
		if (sdn_host_is_there(hosts, host) &&
		    !host_put(hosts, host, forward->topology.port[port].number, out))
			return;
}

void sdn_snapshot_put(const struct sdn_forward *forward, uint64_t datapath_id, struct fill *out)
{
	const struct sdn_topology *topology = &forward->topology;
	uint32_t at = sdn_topology_find_switch(topology, datapath_id), ports = 0;
	uint32_t first = at == SDN_LIST_NONE ? at : topology->at[at].ports.head;

	for (uint32_t port = first; port != SDN_LIST_NONE; port = topology->port_link[port].next)
		ports += has_port(topology, &topology->port[port]);
	fill_u32(out, topology->conf.shared ? MAGIC_SHARED : MAGIC);
	fill_u64(out, datapath_id);
	fill_u32(out, ports);
	for (uint32_t port = first; port != SDN_LIST_NONE; port = topology->port_link[port].next)
		if (has_port(topology, &topology->port[port]))
			port_put(topology, port, out);
	for (uint32_t port = first; port != SDN_LIST_NONE; port = topology->port_link[port].next)
		if (topology->port[port].state == SDN_PORT_EDGE)
			hosts_put(forward, port, out);
}

static bool port_row_take(struct rows *rows, struct port_row *row)
{
	static const unsigned kinds[] = {[false] = 1u << PORT_EDGE | 1u << PORT_LINK,
	                                 [true] = 1u << PORT_EDGE | 1u << PORT_HEARS |
	                                          1u << PORT_UP};
	struct span *bytes = &rows->bytes;
	bool has_peer;

	*row = (struct port_row){.number = span_u32(bytes)};
	row->kind = span_u8(bytes);
	has_peer = row->kind == PORT_LINK || row->kind == PORT_HEARS;
	if (has_peer) {
		row->peer.datapath_id = span_u64(bytes);
		row->peer.port = span_u32(bytes);
	}
	if (bytes->bad || row->kind > PORT_UP || !(kinds[rows->shared] >> row->kind & 1))
		return false;
	return !has_peer || (row->peer.datapath_id != 0 && row->peer.port != 0);
}

static bool host_row_take(struct rows *rows, struct host_row *row)
{
	struct span *bytes = &rows->bytes;
	const uint8_t *mac;

	row->port = span_u32(bytes);
	mac = span_take(bytes, 6);
	row->vid = span_u16(bytes);
	row->moves = rows->shared ? span_u32(bytes) : 0;
	row->addresses_len = span_u8(bytes);
	if (bytes->bad || row->addresses_len > ADDRESSES_MAX || row->vid > 4094)
		return false;
	row->mac = mac_load(mac);
	for (unsigned i = 0; i < row->addresses_len; i++) {
		const uint8_t *addr = span_take(bytes, 16);

		if (addr)
			row->addresses[i] = addr_from_bytes(addr);
	}
	return !bytes->bad && !mac_is_group(row->mac);
}

static uint32_t port_enter(struct sdn_forward *forward, uint32_t at, uint32_t number, mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	uint32_t port = sdn_topology_find_port(topology, at, number);
	struct sdn_port_desc desc = {.number = number, .up = true};

	if (port != SDN_LIST_NONE && topology->port[port].up)
		return port;
	return sdn_topology_set_port(topology, at, &desc, now);
}

// The number of the switch, which is held then; SDN_LIST_NONE: it is there, and not held, or there
// is no room.
static uint32_t switch_enter(struct sdn_forward *forward, uint64_t datapath_id, mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	uint32_t at = sdn_topology_find_switch(topology, datapath_id);

	if (at != SDN_LIST_NONE)
		return topology->at[at].held ? at : SDN_LIST_NONE;
	at = sdn_topology_add_switch(topology, datapath_id, now);
	if (at != SDN_LIST_NONE)
		sdn_topology_hold_switch(topology, at, true, now);
	return at;
}

// The port whose probes another controller's switch hears; of a switch of ours it has to be there.
static uint32_t heard_find(struct sdn_forward *forward, const struct sdn_change_end *end,
                           mono_t now)
{
	const struct sdn_topology *topology = &forward->topology;
	uint32_t at = sdn_topology_find_switch(topology, end->datapath_id);

	if (at != SDN_LIST_NONE && !topology->at[at].held)
		return sdn_topology_find_port(topology, at, end->port);
	at = switch_enter(forward, end->datapath_id, now);
	return at == SDN_LIST_NONE ? at : port_enter(forward, at, end->port, now);
}

// Of a network that several controllers share.
static void port_restore_heard(struct sdn_forward *forward, uint32_t port,
                               const struct port_row *row, mono_t now)
{
	uint32_t heard = SDN_LIST_NONE;

	if (row->kind == PORT_HEARS)
		heard = heard_find(forward, &row->peer, now);
	sdn_topology_restore_heard(&forward->topology, port, heard, row->kind == PORT_EDGE, now);
	sdn_host_purge(&forward->hosts, port, now);
}

static void port_restore(struct sdn_forward *forward, uint32_t at, const struct port_row *row,
                         mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	uint32_t port = port_enter(forward, at, row->number, now), peer_at, peer;

	if (port == SDN_LIST_NONE)
		return;
	if (topology->conf.shared) {
		port_restore_heard(forward, port, row, now);
		return;
	}
	if (row->kind == PORT_EDGE) {
		if (topology->port[port].state != SDN_PORT_EDGE)
			sdn_topology_restore_edge(topology, port, now);
		return;
	}
	peer_at = switch_enter(forward, row->peer.datapath_id, now);
	peer = peer_at == SDN_LIST_NONE ? peer_at
	                                : port_enter(forward, peer_at, row->peer.port, now);
	if (peer != SDN_LIST_NONE)
		sdn_topology_restore_link(topology, port, peer, now);
	sdn_host_purge(&forward->hosts, port, now);
}

static void host_restore(struct sdn_forward *forward, uint32_t at, const struct host_row *row,
                         mono_t now)
{
	uint32_t port = sdn_topology_find_port(&forward->topology, at, row->port);
	uint32_t host;

	if (port == SDN_LIST_NONE)
		return;
	host = sdn_host_restore(&forward->hosts, row->mac, row->vid, port, row->moves, now);
	// The one that was seen last is the first of the row.
	for (unsigned i = row->addresses_len; host != SDN_LIST_NONE && i-- > 0;)
		sdn_host_restore_address(&forward->hosts, host, row->addresses[i], now);
}

// Ports of the switch that are not among the rows. Both are sorted by number.
static void ports_forget(struct sdn_forward *forward, uint32_t at, struct rows rows, mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	struct port_row row = {0};
	uint32_t next;

	for (uint32_t port = topology->at[at].ports.head; port != SDN_LIST_NONE; port = next) {
		uint32_t number = topology->port[port].number;

		next = topology->port_link[port].next;
		for (; rows.ports > 0 && row.number < number && port_row_take(&rows, &row);
		     rows.ports--)
			;
		if (row.number == number)
			continue;
		sdn_topology_del_port(topology, port, now);
		sdn_host_purge(&forward->hosts, port, now);
	}
}

// Whether the rows are well formed, those of ports by rising number, as far as the end.
static bool rows_check(struct rows rows)
{
	struct port_row port;
	struct host_row host;
	uint32_t last = 0;

	for (; rows.ports > 0; rows.ports--, last = port.number)
		if (!port_row_take(&rows, &port) || port.number <= last)
			return false;
	while (span_left(&rows.bytes) > 0)
		if (!host_row_take(&rows, &host))
			return false;
	return !rows.bytes.bad;
}

static void rows_enter(struct sdn_forward *forward, uint32_t at, struct rows rows, mono_t now)
{
	const struct sdn_topology *topology = &forward->topology;
	struct port_row port;
	struct host_row host;

	ports_forget(forward, at, rows, now);
	for (; rows.ports > 0 && port_row_take(&rows, &port); rows.ports--)
		port_restore(forward, at, &port, now);
	while (span_left(&rows.bytes) > 0 && host_row_take(&rows, &host))
		host_restore(forward, at, &host, now);
	for (uint32_t i = topology->at[at].ports.head; i != SDN_LIST_NONE;
	     i = topology->port_link[i].next)
		sdn_host_restore_end(&forward->hosts, i, now);
}

// Of which switch it is; 0: it is none.
static uint64_t head_take(struct span bytes, struct rows *rows)
{
	uint32_t magic = span_u32(&bytes);
	uint64_t datapath_id = span_u64(&bytes);

	*rows = (struct rows){.shared = magic == MAGIC_SHARED, .ports = span_u32(&bytes)};
	rows->bytes = bytes;
	return (magic == MAGIC || magic == MAGIC_SHARED) && !bytes.bad ? datapath_id : 0;
}

uint64_t sdn_snapshot_datapath(struct span bytes)
{
	struct rows rows;

	return head_take(bytes, &rows);
}

bool sdn_snapshot_take(struct sdn_forward *forward, struct span bytes, mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	struct rows rows;
	uint64_t datapath_id = head_take(bytes, &rows);
	uint32_t at;

	if (datapath_id == 0 || rows.shared != topology->conf.shared || !rows_check(rows))
		return false;
	at = switch_enter(forward, datapath_id, now);
	if (at == SDN_LIST_NONE)
		return false;
	if (rows.ports > 0 || rows.shared)
		rows_enter(forward, at, rows, now);
	else
		sdn_topology_del_switch(topology, at, now);
	return true;
}
