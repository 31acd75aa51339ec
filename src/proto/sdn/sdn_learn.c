// sdn_learn: see the header. Hosts and ports lie in arrays, found by two hash tables; a host is in
// the list of all by age, and in that of its port; a port is in that of its switch.
#include "proto/sdn/sdn_learn.h"

#include "proto/openflow/of_wire.h"

#include <errno.h>
#include <stdlib.h>

#define NONE         UINT32_MAX
#define TABLE_MAX    (1u << 30)
#define TOUCH_US     SEC_US // a host moves in the order of age at most so often
#define VLAN_VID     0x0fffu
#define TPID_8021Q   0x8100
#define TPID_8021AD  0x88a8
#define HEADER_BYTES 14

struct host_key {
	uint64_t place; // switch and VLAN
	uint64_t mac;
};

static uint64_t mac_word(const uint8_t mac[6])
{
	uint64_t word = 0;

	memcpy(&word, mac, 6);
	return word;
}

static struct host_key key_of(uint32_t switch_number, uint16_t vlan, const uint8_t mac[6])
{
	return (struct host_key){(uint64_t)switch_number << 16 | vlan, mac_word(mac)};
}

static uint64_t host_hash(const struct sdn_learn *learn, const struct host_key *key)
{
	return hash_u128(learn->conf.seed, key->place, key->mac);
}

static bool host_eq(const void *ctx, const void *key, uint32_t index)
{
	const struct sdn_learn_host *host = &((const struct sdn_learn *)ctx)->host[index];
	const struct host_key *wanted = key;
	struct host_key has = key_of(host->switch_number, host->vlan, host->mac);

	return has.place == wanted->place && has.mac == wanted->mac;
}

static uint32_t host_find(const struct sdn_learn *learn, const struct host_key *key)
{
	return hash_find(&learn->hosts, host_hash(learn, key), host_eq, learn, key);
}

static uint64_t port_hash(const struct sdn_learn *learn, uint32_t switch_number, uint32_t port)
{
	return hash_u128(learn->conf.seed, switch_number, port);
}

static bool port_eq(const void *ctx, const void *key, uint32_t index)
{
	const struct sdn_learn_port *port = &((const struct sdn_learn *)ctx)->port[index];
	const struct sdn_learn_port *wanted = key;

	return port->switch_number == wanted->switch_number && port->port == wanted->port;
}

static uint32_t port_find(const struct sdn_learn *learn, uint32_t switch_number, uint32_t port)
{
	struct sdn_learn_port key = {.switch_number = switch_number, .port = port};

	return hash_find(&learn->ports, port_hash(learn, switch_number, port), port_eq, learn,
	                 &key);
}

static int tables_open(struct sdn_learn *learn, const struct sdn_learn_conf *conf)
{
	int err = hash_init(&learn->hosts, conf->hosts);

	if (!err)
		err = hash_init(&learn->ports, conf->ports);
	if (err)
		return err;
	learn->host = malloc(conf->hosts * sizeof(*learn->host));
	learn->port = malloc(conf->ports * sizeof(*learn->port));
	learn->of_switch = malloc(conf->switches * sizeof(*learn->of_switch));
	return learn->host && learn->port && learn->of_switch ? 0 : -ENOMEM;
}

int sdn_learn_open(struct sdn_learn *learn, const struct sdn_learn_conf *conf)
{
	int err;

	*learn = (struct sdn_learn){.conf = *conf,
	                            .free_host = NONE,
	                            .free_port = NONE,
	                            .oldest = NONE,
	                            .newest = NONE};
	if (conf->switches == 0 || conf->switches > TABLE_MAX)
		return -EINVAL;
	err = tables_open(learn, conf);
	if (err) {
		sdn_learn_close(learn);
		return err;
	}
	for (uint32_t i = 0; i < conf->switches; i++)
		learn->of_switch[i] = (struct sdn_learn_switch){.first = NONE};
	return 0;
}

void sdn_learn_close(struct sdn_learn *learn)
{
	hash_fini(&learn->hosts);
	hash_fini(&learn->ports);
	free(learn->host);
	free(learn->port);
	free(learn->of_switch);
	*learn = (struct sdn_learn){0};
}

// The list by age.

static void age_remove(struct sdn_learn *learn, const struct sdn_learn_host *host)
{
	if (host->older != NONE)
		learn->host[host->older].newer = host->newer;
	else
		learn->oldest = host->newer;
	if (host->newer != NONE)
		learn->host[host->newer].older = host->older;
	else
		learn->newest = host->older;
}

static void age_append(struct sdn_learn *learn, uint32_t index)
{
	struct sdn_learn_host *host = &learn->host[index];

	host->older = learn->newest;
	host->newer = NONE;
	if (learn->newest != NONE)
		learn->host[learn->newest].newer = index;
	else
		learn->oldest = index;
	learn->newest = index;
}

// The lists of a port and of a switch.

static void port_attach(struct sdn_learn *learn, uint32_t index, uint32_t number)
{
	struct sdn_learn_host *host = &learn->host[index];
	struct sdn_learn_port *port = &learn->port[number];

	host->port = number;
	host->prev = NONE;
	host->next = port->first;
	if (port->first != NONE)
		learn->host[port->first].prev = index;
	port->first = index;
	port->hosts++;
}

static void port_detach(struct sdn_learn *learn, const struct sdn_learn_host *host)
{
	struct sdn_learn_port *port = &learn->port[host->port];

	if (host->prev != NONE)
		learn->host[host->prev].next = host->next;
	else
		port->first = host->next;
	if (host->next != NONE)
		learn->host[host->next].prev = host->prev;
	port->hosts--;
}

// The port, which is added if it is new; NONE: there are too many.
static uint32_t port_get(struct sdn_learn *learn, uint32_t switch_number, uint32_t port)
{
	struct sdn_learn_switch *of = &learn->of_switch[switch_number];
	uint32_t index = port_find(learn, switch_number, port);
	struct sdn_learn_port *new;

	if (index != NONE || of->ports == learn->conf.ports_per_switch)
		return index;
	index = learn->free_port;
	if (index != NONE)
		learn->free_port = learn->port[index].next;
	else if (learn->ports_used < learn->conf.ports)
		index = learn->ports_used++;
	else
		return NONE;
	new = &learn->port[index];
	*new = (struct sdn_learn_port){.switch_number = switch_number,
	                               .port = port,
	                               .first = NONE,
	                               .prev = NONE,
	                               .next = of->first};
	rate_init(&new->floods, rate_interval_us(learn->conf.floods_per_s),
	          learn->conf.floods_per_s);
	if (of->first != NONE)
		learn->port[of->first].prev = index;
	of->first = index;
	of->ports++;
	// There is room for as many as there are in the array.
	if (hash_add(&learn->ports, port_hash(learn, switch_number, port), index))
		assert(!"the table of ports has room");
	return index;
}

static void host_forget(struct sdn_learn *learn, uint32_t index)
{
	struct sdn_learn_host *host = &learn->host[index];
	struct host_key key = key_of(host->switch_number, host->vlan, host->mac);

	hash_del(&learn->hosts, host_hash(learn, &key), index);
	age_remove(learn, host);
	port_detach(learn, host);
	host->switch_number = NONE;
	host->next = learn->free_host;
	learn->free_host = index;
}

// Memory for a host: of one that was forgotten, unused, or of the oldest.
static uint32_t host_get(struct sdn_learn *learn)
{
	uint32_t index;

	if (learn->free_host == NONE && learn->hosts_used < learn->conf.hosts)
		return learn->hosts_used++;
	if (learn->free_host == NONE) {
		counter_add(&learn->metric.evicted, 1);
		host_forget(learn, learn->oldest);
	}
	index = learn->free_host;
	learn->free_host = learn->host[index].next;
	return index;
}

static bool host_add(struct sdn_learn *learn, const struct host_key *key, uint32_t port, mono_t now)
{
	uint32_t switch_number = (uint32_t)(key->place >> 16), number, index;
	struct sdn_learn_host *host;

	number = port_get(learn, switch_number, port);
	if (number == NONE || learn->port[number].hosts == learn->conf.hosts_per_port) {
		counter_add(&learn->metric.refused, 1);
		return false;
	}
	index = host_get(learn);
	host = &learn->host[index];
	*host = (struct sdn_learn_host){
	        .vlan = (uint16_t)key->place, .switch_number = switch_number, .seen = now};
	memcpy(host->mac, &key->mac, 6);
	age_append(learn, index);
	port_attach(learn, index, number);
	if (hash_add(&learn->hosts, host_hash(learn, key), index))
		assert(!"the table of hosts has room");
	counter_add(&learn->metric.learned, 1);
	return true;
}

// FORWARD: the host is at another port from now on.
static enum sdn_learn_verdict host_move(struct sdn_learn *learn, uint32_t index, uint32_t port,
                                        mono_t now)
{
	struct sdn_learn_host *host = &learn->host[index];
	uint32_t second = (uint32_t)(now.us / SEC_US), number;

	if (host->moves_s != second) {
		host->moves_s = second;
		host->moves = 0;
	}
	if (host->moves == learn->conf.moves_per_s)
		return SDN_LEARN_FLAPPING;
	number = port_get(learn, host->switch_number, port);
	if (number == NONE || learn->port[number].hosts == learn->conf.hosts_per_port)
		return SDN_LEARN_PORT_FULL;
	host->moves++;
	port_detach(learn, host);
	port_attach(learn, index, number);
	counter_add(&learn->metric.moved, 1);
	return SDN_LEARN_FORWARD;
}

static void host_touch(struct sdn_learn *learn, uint32_t index, mono_t now)
{
	struct sdn_learn_host *host = &learn->host[index];

	if (likely(mono_until(host->seen, now) < TOUCH_US))
		return;
	host->seen = now;
	age_remove(learn, host);
	age_append(learn, index);
}

// A group address, or none.
static bool is_no_host(const uint8_t mac[6])
{
	return (mac[0] & 1) || mac_word(mac) == 0;
}

// 01:80:C2:00:00:00 to 0F (IEEE 802.1Q clause 8.6.3).
static bool is_reserved(const uint8_t mac[6])
{
	static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0, 0};

	return memcmp(mac, reserved, sizeof(reserved)) == 0 && mac[5] < 16;
}

bool sdn_learn_frame_parse(struct sdn_learn_frame *frame, struct span bytes)
{
	const uint8_t *header = span_take(&bytes, HEADER_BYTES);
	uint16_t tag;

	if (!header)
		return false;
	memcpy(frame->dst, header, 6);
	memcpy(frame->src, header + 6, 6);
	frame->ethertype = (uint16_t)(header[12] << 8 | header[13]);
	frame->vlan = frame->vlan_match = SDN_LEARN_UNTAGGED;
	if (likely(frame->ethertype != TPID_8021Q && frame->ethertype != TPID_8021AD))
		return true;
	tag = span_u16(&bytes);
	frame->vlan_match = (uint16_t)(OXM_VLAN_PRESENT | (tag & VLAN_VID));
	frame->vlan = sdn_learn_vlan(frame->vlan_match);
	frame->ethertype = span_u16(&bytes);
	return !bytes.bad;
}

// Whether a frame may go to every port but its own.
static enum sdn_learn_verdict flood(struct sdn_learn *learn, uint32_t switch_number,
                                    uint32_t in_port, mono_t now)
{
	uint32_t number = port_get(learn, switch_number, in_port);

	if (number == NONE)
		return SDN_LEARN_PORT_FULL;
	return rate_take(&learn->port[number].floods, now) ? SDN_LEARN_FLOOD : SDN_LEARN_STORM;
}

// Learns the source. Another verdict than FORWARD: the frame is dropped.
static struct sdn_learn_outcome source_input(struct sdn_learn *learn, const struct host_key *src,
                                             uint32_t in_port, mono_t now)
{
	struct sdn_learn_outcome outcome = {.known = true};
	uint32_t index = host_find(learn, src);

	if (index == NONE) {
		outcome.known = host_add(learn, src, in_port, now);
		return outcome;
	}
	outcome.moved = learn->port[learn->host[index].port].port != in_port;
	if (outcome.moved)
		outcome.verdict = host_move(learn, index, in_port, now);
	if (outcome.verdict == SDN_LEARN_FORWARD)
		host_touch(learn, index, now);
	return outcome;
}

struct sdn_learn_outcome sdn_learn_input(struct sdn_learn *learn, uint32_t switch_number,
                                         uint32_t in_port, const struct sdn_learn_frame *frame,
                                         mono_t now)
{
	struct host_key src = key_of(switch_number, frame->vlan, frame->src);
	struct host_key dst = {src.place, mac_word(frame->dst)};
	struct sdn_learn_outcome outcome;
	uint32_t index;

	if (is_no_host(frame->src))
		return (struct sdn_learn_outcome){.verdict = SDN_LEARN_SOURCE};
	if (is_reserved(frame->dst))
		return (struct sdn_learn_outcome){.verdict = SDN_LEARN_RESERVED};
	outcome = source_input(learn, &src, in_port, now);
	if (outcome.verdict != SDN_LEARN_FORWARD)
		return (struct sdn_learn_outcome){.verdict = outcome.verdict};
	index = frame->dst[0] & 1 ? NONE : host_find(learn, &dst);
	if (index == NONE) {
		outcome.verdict = flood(learn, switch_number, in_port, now);
		return outcome;
	}
	outcome.port = learn->port[learn->host[index].port].port;
	if (outcome.port == in_port)
		outcome.verdict = SDN_LEARN_SAME_PORT;
	return outcome;
}

bool sdn_learn_add(struct sdn_learn *learn, uint32_t switch_number, uint32_t port, uint16_t vlan,
                   const uint8_t mac[6], mono_t now)
{
	struct host_key key = key_of(switch_number, vlan, mac);
	uint32_t index;

	if (is_no_host(mac))
		return false;
	index = host_find(learn, &key);
	if (index == NONE)
		return host_add(learn, &key, port, now);
	return learn->port[learn->host[index].port].port == port;
}

bool sdn_learn_find(const struct sdn_learn *learn, uint32_t switch_number, uint16_t vlan,
                    const uint8_t mac[6], uint32_t *port)
{
	struct host_key key = key_of(switch_number, vlan, mac);
	uint32_t index = host_find(learn, &key);

	if (index == NONE)
		return false;
	*port = learn->port[learn->host[index].port].port;
	return true;
}

static void port_forget(struct sdn_learn *learn, uint32_t index)
{
	struct sdn_learn_port *port = &learn->port[index];
	struct sdn_learn_switch *of = &learn->of_switch[port->switch_number];

	while (port->first != NONE)
		host_forget(learn, port->first);
	if (port->prev != NONE)
		learn->port[port->prev].next = port->next;
	else
		of->first = port->next;
	if (port->next != NONE)
		learn->port[port->next].prev = port->prev;
	of->ports--;
	hash_del(&learn->ports, port_hash(learn, port->switch_number, port->port), index);
	port->next = learn->free_port;
	learn->free_port = index;
}

void sdn_learn_port_forget(struct sdn_learn *learn, uint32_t switch_number, uint32_t port)
{
	uint32_t index = port_find(learn, switch_number, port);

	if (index != NONE)
		port_forget(learn, index);
}

void sdn_learn_leave(struct sdn_learn *learn, uint32_t switch_number)
{
	while (learn->of_switch[switch_number].first != NONE)
		port_forget(learn, learn->of_switch[switch_number].first);
}

mono_t sdn_learn_tick(struct sdn_learn *learn, unsigned most, mono_t now)
{
	while (learn->oldest != NONE) {
		mono_t until = mono_add(learn->host[learn->oldest].seen, learn->conf.ageing_us);

		if (!mono_due(until, now))
			return until;
		if (most-- == 0)
			return now;
		counter_add(&learn->metric.aged, 1);
		host_forget(learn, learn->oldest);
	}
	return MONO_NEVER;
}

unsigned sdn_learn_hosts(const struct sdn_learn *learn, uint32_t *from, uint32_t looks,
                         struct sdn_learn_row *rows, unsigned n)
{
	unsigned found = 0;
	uint32_t i = *from;

	for (; i < learn->hosts_used && looks > 0 && found < n; i++, looks--) {
		const struct sdn_learn_host *host = &learn->host[i];

		if (host->switch_number == NONE)
			continue;
		rows[found] = (struct sdn_learn_row){.vlan = host->vlan,
		                                     .switch_number = host->switch_number,
		                                     .port = learn->port[host->port].port,
		                                     .seen = host->seen};
		memcpy(rows[found++].mac, host->mac, 6);
	}
	*from = i < learn->hosts_used ? i : UINT32_MAX;
	return found;
}
