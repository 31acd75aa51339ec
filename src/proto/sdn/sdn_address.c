// sdn_address: which host of a VLAN has an IPv4 or IPv6 address: the one that claimed it last,
// since services move between hosts. Each such move is a change, and counts against the rate of its
// port.
#include "proto/sdn/sdn_address_internal.h"

struct address_key {
	struct addr addr;
	uint16_t vid;
};

static bool has_address_key(const void *ctx, const void *key, uint32_t index)
{
	const struct sdn_hosts *hosts = ctx;
	const struct sdn_host_address *address = &hosts->address[index];
	const struct address_key *wanted = key;

	return addr_eq(address->addr, wanted->addr) &&
	       hosts->host[address->host].vid == wanted->vid;
}

static uint64_t hash_of(const struct sdn_hosts *hosts, struct addr addr, uint16_t vid)
{
	return hash_u128(hosts->conf.seed + vid, addr.hi, addr.lo);
}

static uint32_t address_lookup(const struct sdn_hosts *hosts, struct addr addr, uint16_t vid)
{
	struct address_key key = {addr, vid};

	return hash_find(&hosts->address_hash, hash_of(hosts, addr, vid), has_address_key, hosts,
	                 &key);
}

uint32_t sdn_host_find_address(const struct sdn_hosts *hosts, struct addr addr, uint16_t vid)
{
	uint32_t address = address_lookup(hosts, addr, vid);

	if (address == SDN_LIST_NONE || !sdn_host_is_there(hosts, hosts->address[address].host))
		return SDN_LIST_NONE;
	return address;
}

static void address_change(struct sdn_hosts *hosts, enum sdn_change_kind kind, uint32_t address,
                           uint32_t former, mono_t now)
{
	const struct sdn_host_address *of = &hosts->address[address];
	const struct sdn_host_entry *host = &hosts->host[of->host];
	struct sdn_change change = {.kind = kind,
	                            .vid = host->vid,
	                            .at = now,
	                            .end = sdn_topology_end(hosts->topology, host->port),
	                            .peer = sdn_topology_end(hosts->topology, former),
	                            .mac = host->mac,
	                            .addr = of->addr};

	sdn_change_put(hosts->conf.changes, &change);
}

static void host_leave(struct sdn_hosts *hosts, uint32_t address)
{
	struct sdn_host_entry *host = &hosts->host[hosts->address[address].host];

	sdn_list_remove(&host->addresses, address);
	host->addresses_len--;
}

void sdn_address_del(struct sdn_hosts *hosts, uint32_t address)
{
	const struct sdn_host_address *gone = &hosts->address[address];
	uint16_t vid = hosts->host[gone->host].vid;

	hash_del(&hosts->address_hash, hash_of(hosts, gone->addr, vid), address);
	host_leave(hosts, address);
	sdn_list_remove(&hosts->addresses_ageing, address);
	sdn_list_append(&hosts->addresses_free, address);
	hosts->addresses_len--;
}

static void host_join(struct sdn_hosts *hosts, uint32_t address, uint32_t host)
{
	struct sdn_host_entry *of = &hosts->host[host];

	if (of->addresses_len >= hosts->conf.host_addresses_max)
		sdn_address_del(hosts, of->addresses.head);
	hosts->address[address].host = host;
	sdn_list_append(&of->addresses, address);
	of->addresses_len++;
}

static enum sdn_host_fault address_add(struct sdn_hosts *hosts, struct addr addr, uint32_t host,
                                       uint32_t *added, mono_t now)
{
	uint32_t address = sdn_list_take(&hosts->addresses_free, &hosts->addresses_used,
	                                 hosts->conf.addresses_max);
	uint16_t vid = hosts->host[host].vid;

	if (address == SDN_LIST_NONE)
		return SDN_HOST_ADDRESS_FULL;
	if (hash_add(&hosts->address_hash, hash_of(hosts, addr, vid), address))
		assert(!"the hash table has room for all addresses");
	hosts->address[address] = (struct sdn_host_address){.addr = addr};
	sdn_list_append(&hosts->addresses_ageing, address);
	hosts->addresses_len++;
	host_join(hosts, address, host);
	address_change(hosts, SDN_CHANGE_ADDRESS_NEW, address, SDN_LIST_NONE, now);
	*added = address;
	return SDN_HOST_LEARNED;
}

static void address_move(struct sdn_hosts *hosts, uint32_t address, uint32_t host, mono_t now)
{
	uint32_t former = hosts->host[hosts->address[address].host].port;

	host_leave(hosts, address);
	host_join(hosts, address, host);
	hosts->address[address].advertised = false;
	address_change(hosts, SDN_CHANGE_ADDRESS_MOVED, address, former, now);
}

void sdn_address_refresh(struct sdn_hosts *hosts, uint32_t address, mono_t now)
{
	struct sdn_host_address *of = &hosts->address[address];
	struct sdn_host_entry *host = &hosts->host[of->host];

	of->seen = now;
	sdn_list_remove(&hosts->addresses_ageing, address);
	sdn_list_append(&hosts->addresses_ageing, address);
	sdn_list_remove(&host->addresses, address);
	sdn_list_append(&host->addresses, address);
}

// What the frame says of its address beside that.
static void address_note(struct sdn_hosts *hosts, uint32_t address, const struct sdn_frame *frame)
{
	struct sdn_host_address *of = &hosts->address[address];

	if (frame->kind != SDN_FRAME_ADVERTISEMENT)
		return;
	of->advertised = true;
	of->router = frame->router;
}

// Adds the address, or gives it to the host.
static enum sdn_host_fault address_give(struct sdn_hosts *hosts, struct addr addr, uint32_t host,
                                        uint32_t *address, mono_t now)
{
	if (*address == SDN_LIST_NONE)
		return address_add(hosts, addr, host, address, now);
	address_move(hosts, *address, host, now);
	return SDN_HOST_LEARNED;
}

void sdn_host_restore_address(struct sdn_hosts *hosts, uint32_t host, struct addr addr, mono_t now)
{
	uint32_t address = address_lookup(hosts, addr, hosts->host[host].vid);

	if ((address != SDN_LIST_NONE && hosts->address[address].host == host) ||
	    address_give(hosts, addr, host, &address, now) == SDN_HOST_LEARNED)
		sdn_address_refresh(hosts, address, now);
}

enum sdn_host_fault sdn_address_see(struct sdn_hosts *hosts, uint32_t host,
                                    const struct sdn_frame *frame, uint32_t port, mono_t now)
{
	uint32_t address = address_lookup(hosts, frame->claim, hosts->host[host].vid);
	enum sdn_host_fault fault = SDN_HOST_LEARNED;

	if (address == SDN_LIST_NONE || hosts->address[address].host != host) {
		if (!rate_take(&hosts->port[port].fresh, now))
			return SDN_HOST_RATE;
		fault = address_give(hosts, frame->claim, host, &address, now);
	}
	if (fault)
		return fault;
	sdn_address_refresh(hosts, address, now);
	address_note(hosts, address, frame);
	return SDN_HOST_LEARNED;
}
