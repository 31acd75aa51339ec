// sdn_host: see the header. Which port a host is at is decided here; its addresses are
// sdn_address.c's.
#include "proto/sdn/sdn_address_internal.h"

#include "core/line.h"

#include <errno.h>

const struct sdn_host_conf sdn_host_defaults = {
        .hosts_max = 100000,
        .addresses_max = 200000,
        .port_hosts_max = 1024,
        .host_addresses_max = 16,
        .fresh_per_s = 100,
        .host_us = 300 * SEC_US,
        .address_us = 300 * SEC_US,
        .move_us = SEC_US,
};

struct host_key {
	struct mac mac;
	uint16_t vid;
};

static bool has_host_key(const void *ctx, const void *key, uint32_t index)
{
	const struct sdn_host_entry *host = &((const struct sdn_hosts *)ctx)->host[index];
	const struct host_key *wanted = key;

	return mac_eq(host->mac, wanted->mac) && host->vid == wanted->vid;
}

static uint64_t hash_of(const struct sdn_hosts *hosts, struct mac mac, uint16_t vid)
{
	return hash_u128(hosts->conf.seed, mac.bits, vid);
}

static uint32_t host_lookup(const struct sdn_hosts *hosts, struct mac mac, uint16_t vid)
{
	struct host_key key = {mac, vid};

	return hash_find(&hosts->host_hash, hash_of(hosts, mac, vid), has_host_key, hosts, &key);
}

static bool tables_open(struct sdn_hosts *hosts)
{
	uint32_t len = hosts->conf.hosts_max, addresses = hosts->conf.addresses_max,
	         ports = hosts->topology->conf.ports_max;

	hosts->host = calloc(len, sizeof(*hosts->host));
	hosts->host_link = calloc(len, sizeof(*hosts->host_link));
	hosts->host_port_link = calloc(len, sizeof(*hosts->host_port_link));
	hosts->address = calloc(addresses, sizeof(*hosts->address));
	hosts->address_link = calloc(addresses, sizeof(*hosts->address_link));
	hosts->address_host_link = calloc(addresses, sizeof(*hosts->address_host_link));
	hosts->port = line_alloc(ports, sizeof(*hosts->port));
	return hosts->host && hosts->host_link && hosts->host_port_link && hosts->address &&
	       hosts->address_link && hosts->address_host_link && hosts->port &&
	       hash_init(&hosts->host_hash, len) == 0 &&
	       hash_init(&hosts->address_hash, addresses) == 0;
}

int sdn_host_open(struct sdn_hosts *hosts, const struct sdn_host_conf *conf,
                  const struct sdn_topology *topology)
{
	*hosts = (struct sdn_hosts){.conf = *conf, .topology = topology};
	if (conf->hosts_max == 0 || conf->addresses_max == 0 || conf->host_addresses_max == 0 ||
	    conf->hosts_max > UINT32_C(1) << 30 || conf->addresses_max > UINT32_C(1) << 30)
		return -EINVAL;
	if (!tables_open(hosts)) {
		sdn_host_close(hosts);
		return -ENOMEM;
	}
	sdn_list_init(&hosts->hosts_free, hosts->host_link);
	sdn_list_init(&hosts->ageing, hosts->host_link);
	sdn_list_init(&hosts->addresses_free, hosts->address_link);
	sdn_list_init(&hosts->addresses_ageing, hosts->address_link);
	for (uint32_t i = 0; i < topology->conf.ports_max; i++) {
		sdn_list_init(&hosts->port[i].hosts, hosts->host_port_link);
		rate_init(&hosts->port[i].fresh, rate_interval_us(conf->fresh_per_s),
		          conf->fresh_per_s);
	}
	return 0;
}

void sdn_host_close(struct sdn_hosts *hosts)
{
	hash_fini(&hosts->host_hash);
	hash_fini(&hosts->address_hash);
	free(hosts->host);
	free(hosts->host_link);
	free(hosts->host_port_link);
	free(hosts->address);
	free(hosts->address_link);
	free(hosts->address_host_link);
	free(hosts->port);
	*hosts = (struct sdn_hosts){0};
}

void sdn_host_set_server(struct sdn_hosts *hosts, uint32_t port, bool server)
{
	hosts->port[port].server = server;
}

static bool is_current(const struct sdn_hosts *hosts, uint32_t port)
{
	const struct sdn_topology_port *p = &hosts->topology->port[port];

	return p->state == SDN_PORT_EDGE && p->left == hosts->port[port].left;
}

bool sdn_host_is_there(const struct sdn_hosts *hosts, uint32_t host)
{
	return is_current(hosts, hosts->host[host].port);
}

uint32_t sdn_host_find(const struct sdn_hosts *hosts, struct mac mac, uint16_t vid)
{
	uint32_t host = host_lookup(hosts, mac, vid);

	return host != SDN_LIST_NONE && sdn_host_is_there(hosts, host) ? host : SDN_LIST_NONE;
}

static void host_change(struct sdn_hosts *hosts, enum sdn_change_kind kind, uint32_t host,
                        uint32_t former, mono_t now)
{
	const struct sdn_host_entry *of = &hosts->host[host];
	struct sdn_change change = {.kind = kind,
	                            .vid = of->vid,
	                            .at = now,
	                            .end = sdn_topology_end(hosts->topology, of->port),
	                            .peer = sdn_topology_end(hosts->topology, former),
	                            .mac = of->mac};

	sdn_change_put(hosts->conf.changes, &change);
}

static void port_join(struct sdn_hosts *hosts, uint32_t host, uint32_t port)
{
	hosts->host[host].port = port;
	sdn_list_append(&hosts->port[port].hosts, host);
	hosts->port[port].hosts_len++;
}

static void port_leave(struct sdn_hosts *hosts, uint32_t host)
{
	struct sdn_host_port *port = &hosts->port[hosts->host[host].port];

	sdn_list_remove(&port->hosts, host);
	port->hosts_len--;
}

static void host_del(struct sdn_hosts *hosts, uint32_t host, mono_t now)
{
	struct sdn_host_entry *gone = &hosts->host[host];

	host_change(hosts, SDN_CHANGE_HOST_GONE, host, SDN_LIST_NONE, now);
	while (gone->addresses.head != SDN_LIST_NONE)
		sdn_address_del(hosts, gone->addresses.head);
	port_leave(hosts, host);
	hash_del(&hosts->host_hash, hash_of(hosts, gone->mac, gone->vid), host);
	sdn_list_remove(&hosts->ageing, host);
	sdn_list_append(&hosts->hosts_free, host);
	hosts->len--;
}

void sdn_host_purge(struct sdn_hosts *hosts, uint32_t port, mono_t now)
{
	if (is_current(hosts, port))
		return;
	while (hosts->port[port].hosts.head != SDN_LIST_NONE)
		host_del(hosts, hosts->port[port].hosts.head, now);
}

static enum sdn_host_fault host_add(struct sdn_hosts *hosts, struct mac mac, uint16_t vid,
                                    uint32_t port, mono_t now)
{
	uint32_t host;

	if (hosts->port[port].hosts_len >= hosts->conf.port_hosts_max)
		return SDN_HOST_PORT_FULL;
	host = sdn_list_take(&hosts->hosts_free, &hosts->hosts_used, hosts->conf.hosts_max);
	if (host == SDN_LIST_NONE)
		return SDN_HOST_FULL;
	if (hash_add(&hosts->host_hash, hash_of(hosts, mac, vid), host))
		assert(!"the hash table has room for all hosts");
	hosts->host[host] =
	        (struct sdn_host_entry){.mac = mac, .vid = vid, .since = now, .seen = now};
	sdn_list_init(&hosts->host[host].addresses, hosts->address_host_link);
	sdn_list_append(&hosts->ageing, host);
	port_join(hosts, host, port);
	hosts->len++;
	host_change(hosts, SDN_CHANGE_HOST_NEW, host, SDN_LIST_NONE, now);
	return SDN_HOST_LEARNED;
}

static void host_place(struct sdn_hosts *hosts, uint32_t host, uint32_t port, mono_t now)
{
	uint32_t former = hosts->host[host].port;

	port_leave(hosts, host);
	port_join(hosts, host, port);
	hosts->host[host].moved = now;
	host_change(hosts, SDN_CHANGE_HOST_MOVED, host, former, now);
}

// A host that left a port that is still an edge may have been moved by a loop, or by another that
// uses its address: it may not move again at once.
static enum sdn_host_fault host_move(struct sdn_hosts *hosts, uint32_t host, uint32_t port,
                                     mono_t now)
{
	struct sdn_host_entry *of = &hosts->host[host];

	if (of->moved.us && sdn_host_is_there(hosts, host) &&
	    !mono_due(mono_add(of->moved, hosts->conf.move_us), now))
		return SDN_HOST_FLAPPING;
	if (hosts->port[port].hosts_len >= hosts->conf.port_hosts_max)
		return SDN_HOST_PORT_FULL;
	host_place(hosts, host, port, now);
	of->moves++;
	return SDN_HOST_LEARNED;
}

static void host_refresh(struct sdn_hosts *hosts, uint32_t host, mono_t now)
{
	hosts->host[host].seen = now;
	sdn_list_remove(&hosts->ageing, host);
	sdn_list_append(&hosts->ageing, host);
}

static enum sdn_host_fault host_see(struct sdn_hosts *hosts, struct mac mac, uint16_t vid,
                                    uint32_t port, mono_t now)
{
	uint32_t host = host_lookup(hosts, mac, vid);
	enum sdn_host_fault fault = SDN_HOST_LEARNED;

	if (host == SDN_LIST_NONE || hosts->host[host].port != port) {
		if (!rate_take(&hosts->port[port].fresh, now))
			return SDN_HOST_RATE;
		fault = host == SDN_LIST_NONE ? host_add(hosts, mac, vid, port, now)
		                              : host_move(hosts, host, port, now);
	}
	if (fault || host == SDN_LIST_NONE)
		return fault;
	host_refresh(hosts, host, now);
	return SDN_HOST_LEARNED;
}

// What a DHCP server grants belongs to the client, which was seen when it asked.
static enum sdn_host_fault claim_see(struct sdn_hosts *hosts, const struct sdn_frame *frame,
                                     uint16_t vid, uint32_t port, mono_t now)
{
	uint32_t owner;

	if (addr_is_any(frame->claim))
		return SDN_HOST_LEARNED;
	if (frame->kind == SDN_FRAME_DHCP_ACK && !hosts->port[port].server)
		return SDN_HOST_GRANT;
	owner = sdn_host_find(hosts, frame->owner, vid);
	if (owner == SDN_LIST_NONE)
		return SDN_HOST_LEARNED;
	return sdn_address_see(hosts, owner, frame, port, now);
}

enum sdn_host_fault sdn_host_input(struct sdn_hosts *hosts, const struct sdn_frame *frame,
                                   uint16_t vid, uint32_t port, mono_t now)
{
	enum sdn_host_fault fault = SDN_HOST_NOT_EDGE;

	if (hosts->topology->port[port].state == SDN_PORT_EDGE) {
		sdn_host_purge(hosts, port, now);
		hosts->port[port].left = hosts->topology->port[port].left;
		fault = host_see(hosts, frame->src, vid, port, now);
	}
	if (!fault)
		fault = claim_see(hosts, frame, vid, port, now);
	if (fault)
		hosts->refused[fault]++;
	return fault;
}

// Whether the port comes behind the other, by the names that all controllers have for them.
static bool is_behind(const struct sdn_topology *topology, uint32_t port, uint32_t other)
{
	struct sdn_change_end a = sdn_topology_end(topology, port);
	struct sdn_change_end b = sdn_topology_end(topology, other);

	return a.datapath_id != b.datapath_id ? a.datapath_id > b.datapath_id : a.port > b.port;
}

// Of two controllers that share the network each has seen the host at a port. False: ours is right.
static bool host_settle(struct sdn_hosts *hosts, uint32_t host, uint32_t port, uint32_t moves,
                        mono_t now)
{
	struct sdn_host_entry *of = &hosts->host[host];

	if (sdn_host_is_there(hosts, host) &&
	    (of->moves > moves ||
	     (of->moves == moves && is_behind(hosts->topology, of->port, port))))
		return false;
	if (hosts->port[port].hosts_len >= hosts->conf.port_hosts_max)
		return false;
	host_place(hosts, host, port, now);
	return true;
}

uint32_t sdn_host_restore(struct sdn_hosts *hosts, struct mac mac, uint16_t vid, uint32_t port,
                          uint32_t moves, mono_t now)
{
	uint32_t host;

	if (hosts->topology->port[port].state != SDN_PORT_EDGE)
		return SDN_LIST_NONE;
	sdn_host_purge(hosts, port, now);
	hosts->port[port].left = hosts->topology->port[port].left;
	host = host_lookup(hosts, mac, vid);
	if (host != SDN_LIST_NONE && hosts->host[host].port != port) {
		if (!hosts->topology->conf.shared) {
			host_del(hosts, host, now);
			host = SDN_LIST_NONE;
		} else if (!host_settle(hosts, host, port, moves, now)) {
			return SDN_LIST_NONE;
		}
	}
	if (host == SDN_LIST_NONE && host_add(hosts, mac, vid, port, now))
		return SDN_LIST_NONE;
	host = host_lookup(hosts, mac, vid);
	hosts->host[host].moves = moves;
	host_refresh(hosts, host, now);
	return host;
}

void sdn_host_restore_end(struct sdn_hosts *hosts, uint32_t port, mono_t now)
{
	uint32_t host = hosts->port[port].hosts.head;

	while (host != SDN_LIST_NONE) {
		uint32_t next = hosts->host_port_link[host].next;

		if (hosts->host[host].seen.us != now.us)
			host_del(hosts, host, now);
		host = next;
	}
}

static bool is_held(const struct sdn_hosts *hosts, uint32_t host)
{
	const struct sdn_topology *topology = hosts->topology;

	return topology->at[topology->port[hosts->host[host].port].at].held &&
	       sdn_host_is_there(hosts, host);
}

static void host_age(struct sdn_hosts *hosts, uint32_t host, mono_t now)
{
	if (is_held(hosts, host))
		host_refresh(hosts, host, now);
	else
		host_del(hosts, host, now);
}

static void address_age(struct sdn_hosts *hosts, uint32_t address, mono_t now)
{
	if (is_held(hosts, hosts->address[address].host))
		sdn_address_refresh(hosts, address, now);
	else
		sdn_address_del(hosts, address);
}

static mono_t host_end(const struct sdn_hosts *hosts, uint32_t host)
{
	return mono_add(hosts->host[host].seen, hosts->conf.host_us);
}

static mono_t address_end(const struct sdn_hosts *hosts, uint32_t address)
{
	return mono_add(hosts->address[address].seen, hosts->conf.address_us);
}

void sdn_host_tick(struct sdn_hosts *hosts, uint32_t max, mono_t now)
{
	for (; max > 0; max--) {
		uint32_t host = hosts->ageing.head, address = hosts->addresses_ageing.head;

		if (host != SDN_LIST_NONE && mono_due(host_end(hosts, host), now))
			host_age(hosts, host, now);
		else if (address != SDN_LIST_NONE && mono_due(address_end(hosts, address), now))
			address_age(hosts, address, now);
		else
			break;
	}
}

mono_t sdn_host_next(const struct sdn_hosts *hosts)
{
	mono_t next = MONO_NEVER;

	if (hosts->ageing.head != SDN_LIST_NONE)
		next = host_end(hosts, hosts->ageing.head);
	if (hosts->addresses_ageing.head != SDN_LIST_NONE)
		next = mono_earlier(next, address_end(hosts, hosts->addresses_ageing.head));
	return next;
}

static const struct {
	const char *name, *help;
} faults[] = {[SDN_HOST_LEARNED] = {"none", "nothing is wrong"},
#define X(NAME, name, help) [SDN_HOST_##NAME] = {name, help},
              SDN_HOST_FAULTS(X)
#undef X
};

const char *sdn_host_fault_name(enum sdn_host_fault fault)
{
	return faults[fault].name;
}

const char *sdn_host_fault_help(enum sdn_host_fault fault)
{
	return faults[fault].help;
}
