// intent_lab: random intents over a small universe, so that rules overlap and packets hit them;
// random packets of it; and tables of a switch in memory of the lab's.
#ifndef UNIT_INTENT_LAB_H
#define UNIT_INTENT_LAB_H

#include "harness.h"

#include "core/rand.h"
#include "proto/sdn/sdn_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LAB_NETWORKS 4
#define LAB_PORTS    5
#define LAB_ACLS     3
#define LAB_RULES    5
#define LAB_LIMITS   2
#define LAB_HOSTS    5

struct lab {
	struct sdn_intent_network networks[LAB_NETWORKS];
	struct prefix addresses[LAB_NETWORKS][2];
	struct sdn_intent_limit limits[LAB_LIMITS];
	struct sdn_intent_acl acls[LAB_ACLS];
	struct sdn_intent_rule rules[LAB_ACLS][LAB_RULES];
	struct sdn_intent_switch of_switch;
	struct sdn_intent_port ports[LAB_PORTS];
	uint16_t tagged[LAB_PORTS][LAB_NETWORKS];
	struct sdn_intent_router router;
	struct sdn_intent_route routes[2];
	struct sdn_station stations[LAB_HOSTS];
	struct addr host_addresses[LAB_HOSTS][2];
	struct sdn_intent intent;
	struct sdn_known known;
};

static const uint8_t lab_router_mac[6] = {0x0e, 0, 0, 0, 0, 1};

static inline uint32_t lab_below(struct rand *rand, uint32_t n)
{
	return (uint32_t)rand_below(rand, n);
}

// Address `host` of the network: 10.0.N.H or fd00:N::H.
static inline struct addr lab_address(unsigned network, unsigned host, bool ipv6)
{
	char text[64];
	struct addr addr;

	snprintf(text, sizeof(text), ipv6 ? "fd00:%u::%u" : "10.0.%u.%u", network, host);
	assert_true(addr_parse(text, &addr));
	return addr;
}

static inline void lab_mac(uint8_t mac[6], unsigned host)
{
	memcpy(mac, (const uint8_t[6]){2, 0, 0, 0, 0, (uint8_t)host}, 6);
}

static inline struct prefix lab_prefix(struct rand *rand, bool ipv6)
{
	static const uint8_t lens4[] = {0, 8, 24, 32}, lens6[] = {0, 32, 64, 128};
	unsigned i = lab_below(rand, 4);

	return (struct prefix){
	        lab_address(lab_below(rand, LAB_NETWORKS), 1 + lab_below(rand, LAB_HOSTS), ipv6),
	        ipv6 ? lens6[i] : lens4[i]};
}

// flat: what 1.0 can do.
static inline struct sdn_match lab_match(struct rand *rand, bool flat)
{
	static const uint16_t ports[] = {22, 80, 443};
	struct sdn_match match = {0};
	bool ipv6 = !flat && rand_below(rand, 3) == 0;

	if (rand_below(rand, 8) == 0)
		return match;
	SDN_MATCH_SET(&match, eth_type, be16(ipv6 ? 0x86dd : 0x0800));
	if (rand_below(rand, 2))
		sdn_flow_match_prefix(&match, true, lab_prefix(rand, ipv6));
	if (rand_below(rand, 2))
		sdn_flow_match_prefix(&match, false, lab_prefix(rand, ipv6));
	if (rand_below(rand, 2)) {
		SDN_MATCH_SET(&match, ip_proto, rand_below(rand, 2) ? 6 : 17);
		if (rand_below(rand, 2))
			SDN_MATCH_SET(&match, dst_port, be16(ports[lab_below(rand, 3)]));
		if (!flat && rand_below(rand, 4) == 0) {
			match.mask.key.src_port = be16(0xfff0);
			match.value.key.src_port = be16(0x0410);
		}
	}
	return match;
}

static inline void lab_acl(struct lab *lab, struct rand *rand, unsigned i, bool flat)
{
	static const char *const names[LAB_ACLS] = {"one", "two", "three"};
	unsigned len = lab_below(rand, LAB_RULES + 1);

	for (unsigned k = 0; k < len; k++)
		lab->rules[i][k] = (struct sdn_intent_rule){
		        .match = lab_match(rand, flat),
		        .number = (uint16_t)(k + 1),
		        .limit = !flat && rand_below(rand, 4) == 0
		                         ? (uint16_t)lab_below(rand, LAB_LIMITS)
		                         : SDN_NONE,
		        .mirror = rand_below(rand, 6) == 0 ? 1 + lab_below(rand, LAB_PORTS) : 0,
		        .allow = rand_below(rand, 2)};
	lab->acls[i] = (struct sdn_intent_acl){names[i], lab->rules[i], len, rand_below(rand, 2)};
}

static inline uint16_t lab_maybe(struct rand *rand, uint32_t n)
{
	return rand_below(rand, 2) ? (uint16_t)lab_below(rand, n) : SDN_NONE;
}

static inline void lab_port(struct lab *lab, struct rand *rand, unsigned i, bool flat)
{
	struct sdn_intent_port *port = &lab->ports[i];

	*port = (struct sdn_intent_port){.name = "",
	                                 .number = i + 1,
	                                 .untagged = lab_maybe(rand, LAB_NETWORKS),
	                                 .acl = lab_maybe(rand, LAB_ACLS),
	                                 .limit = flat ? SDN_NONE : lab_maybe(rand, LAB_LIMITS),
	                                 .tagged = lab->tagged[i],
	                                 .peer_switch = SDN_NONE};
	for (uint16_t n = 0; n < LAB_NETWORKS; n++)
		if (n != port->untagged && rand_below(rand, 3) == 0)
			lab->tagged[i][port->tagged_len++] = n;
}

// The first networks are the router's; 1.0 has no routers.
static inline void lab_network(struct lab *lab, struct rand *rand, unsigned i, bool flat)
{
	static const char *const names[LAB_NETWORKS] = {"a", "b", "c", "d"};
	bool routed = !flat && i < 3;

	lab->addresses[i][0] = (struct prefix){lab_address(i, 254, false), 24};
	lab->addresses[i][1] = (struct prefix){lab_address(i, 254, true), 64};
	lab->networks[i] = (struct sdn_intent_network){.name = names[i],
	                                               .vid = (uint16_t)(10 + i),
	                                               .acl = lab_maybe(rand, LAB_ACLS),
	                                               .router = routed ? 0 : SDN_NONE,
	                                               .addresses_len = routed ? 2 : 0,
	                                               .addresses = lab->addresses[i]};
}

static inline void lab_host(struct lab *lab, struct rand *rand, unsigned i)
{
	struct sdn_station *station = &lab->stations[i];

	*station = (struct sdn_station){.network = (uint16_t)lab_below(rand, LAB_NETWORKS),
	                                .port = lab_below(rand, LAB_PORTS + 1),
	                                .addresses = lab->host_addresses[i],
	                                .addresses_len = 2};
	lab_mac(station->mac, i + 1);
	lab->host_addresses[i][0] = lab_address(station->network, i + 1, false);
	lab->host_addresses[i][1] = lab_address(station->network, i + 1, true);
}

static inline void lab_router(struct lab *lab, struct rand *rand)
{
	// The last two overlap with networks.
	static const char *const to[] = {"0.0.0.0/0", "192.0.2.0/24", "10.0.0.0/16",
	                                 "10.0.1.192/26"};
	unsigned first = lab_below(rand, 4);

	for (unsigned i = 0; i < 2; i++) {
		assert_true(addr_prefix_parse(to[(first + i) % 4], &lab->routes[i].to));
		lab->routes[i].via =
		        lab_address(lab_below(rand, 3), 1 + lab_below(rand, LAB_HOSTS), false);
	}
	lab->router = (struct sdn_intent_router){"r", {0}, lab->routes, lab_below(rand, 3)};
	memcpy(lab->router.mac, lab_router_mac, 6);
}

// Points the intents into the lab, which may be a copy of another one.
static inline void lab_link(struct lab *lab, bool flat)
{
	for (unsigned i = 0; i < LAB_NETWORKS; i++)
		lab->networks[i].addresses = lab->addresses[i];
	for (unsigned i = 0; i < LAB_ACLS; i++)
		lab->acls[i].rules = lab->rules[i];
	for (unsigned i = 0; i < LAB_PORTS; i++)
		lab->ports[i].tagged = lab->tagged[i];
	for (unsigned i = 0; i < LAB_HOSTS; i++)
		lab->stations[i].addresses = lab->host_addresses[i];
	lab->router.routes = lab->routes;
	lab->of_switch = (struct sdn_intent_switch){"s", 1, lab->ports, LAB_PORTS};
	lab->intent = (struct sdn_intent){
	        .networks = lab->networks,
	        .limits = lab->limits,
	        .acls = lab->acls,
	        .switches = &lab->of_switch,
	        .routers = &lab->router,
	        .networks_len = LAB_NETWORKS,
	        .limits_len = LAB_LIMITS,
	        .acls_len = LAB_ACLS,
	        .switches_len = 1,
	        .routers_len = flat ? 0 : 1,
	};
	lab->known = (struct sdn_known){.version = flat ? OF10 : OF13,
	                                .tables = 254,
	                                .stations = lab->stations,
	                                .stations_len = LAB_HOSTS};
}

static inline void lab_init(struct lab *lab, struct rand *rand, bool flat)
{
	*lab = (struct lab){0};
	for (unsigned i = 0; i < LAB_LIMITS; i++)
		lab->limits[i] = (struct sdn_intent_limit){i ? "slow" : "fast", 7 + i,
		                                           1000 + lab_below(rand, 3), 100};
	for (unsigned i = 0; i < LAB_NETWORKS; i++)
		lab_network(lab, rand, i, flat);
	for (unsigned i = 0; i < LAB_ACLS; i++)
		lab_acl(lab, rand, i, flat);
	for (unsigned i = 0; i < LAB_PORTS; i++)
		lab_port(lab, rand, i, flat);
	for (unsigned i = 0; i < LAB_HOSTS; i++)
		lab_host(lab, rand, i);
	lab_router(lab, rand);
	lab_link(lab, flat);
}

// A copy of which some items are others.
static inline void lab_change(struct lab *to, const struct lab *from, struct rand *rand, bool flat)
{
	*to = *from;
	for (uint32_t n = 1 + lab_below(rand, 3); n > 0; n--) {
		switch (rand_below(rand, 6)) {
		case 0:
			lab_network(to, rand, lab_below(rand, LAB_NETWORKS), flat);
			break;
		case 1:
		case 2:
			lab_acl(to, rand, lab_below(rand, LAB_ACLS), flat);
			break;
		case 3:
			lab_port(to, rand, lab_below(rand, LAB_PORTS), flat);
			break;
		case 4:
			lab_host(to, rand, lab_below(rand, LAB_HOSTS));
			break;
		default:
			lab_router(to, rand);
			to->limits[0].rate_kbps++;
			break;
		}
	}
	lab_link(to, flat);
}

// Memory for tables; lab_tables_close frees it.
static inline struct sdn_tables lab_tables(uint32_t flows)
{
	struct sdn_tables tables = {.flows = calloc(flows, sizeof(struct sdn_flow)),
	                            .actions = calloc(8 * flows, sizeof(struct sdn_action)),
	                            .meters = calloc(16, sizeof(struct sdn_meter)),
	                            .flows_max = flows,
	                            .actions_max = 8 * flows,
	                            .meters_max = 16};

	assert_non_null(tables.flows);
	assert_non_null(tables.actions);
	assert_non_null(tables.meters);
	return tables;
}

static inline void lab_tables_close(struct sdn_tables *tables)
{
	free(tables->flows);
	free(tables->actions);
	free(tables->meters);
}

static inline struct sdn_tables lab_make(const struct lab *lab)
{
	struct sdn_tables tables = lab_tables(4096);
	struct why why = {""};

	if (sdn_rules_make(&lab->intent, 0, &lab->known, &tables, &why))
		fail_msg("%s", why.text);
	return tables;
}

static inline void lab_key_ip(struct sdn_key *key, struct rand *rand, bool ipv6)
{
	static const uint16_t ports[] = {22, 80, 443, 1040};
	uint8_t bytes[16];
	unsigned from = ipv6 ? 0 : 12, len = ipv6 ? 16 : 4;

	key->eth_type = be16(ipv6 ? 0x86dd : 0x0800);
	addr_to_bytes(
	        lab_address(lab_below(rand, LAB_NETWORKS), 1 + lab_below(rand, LAB_HOSTS), ipv6),
	        bytes);
	memcpy(key->src, bytes + from, len);
	addr_to_bytes(lab_address(lab_below(rand, LAB_NETWORKS + 1),
	                          rand_below(rand, 8) ? 1 + lab_below(rand, LAB_HOSTS) : 254, ipv6),
	              bytes);
	if (rand_below(rand, 8) == 0 && !ipv6)
		memcpy(bytes + 12, (const uint8_t[]){192, 0, 2, 1}, 4);
	memcpy(key->dst, bytes + from, len);
	key->ip_proto = rand_below(rand, 2) ? 6 : 17;
	key->src_port = be16((uint16_t)(1040 + rand_below(rand, 2) * 100));
	key->dst_port = be16(ports[lab_below(rand, 4)]);
}

static inline struct sdn_key lab_packet(struct rand *rand)
{
	struct sdn_key key = {.in_port = be32(1 + lab_below(rand, LAB_PORTS + 1))};

	if (rand_below(rand, 2))
		key.vlan = be16(
		        (uint16_t)(OXM_VLAN_PRESENT | (10 + lab_below(rand, LAB_NETWORKS + 1))));
	lab_mac(key.eth_src, 1 + lab_below(rand, LAB_HOSTS));
	lab_mac(key.eth_dst, 1 + lab_below(rand, LAB_HOSTS + 1));
	if (rand_below(rand, 4) == 0)
		memcpy(key.eth_dst, lab_router_mac, 6);
	if (rand_below(rand, 8) == 0)
		memset(key.eth_dst, 0xff, 6);
	lab_key_ip(&key, rand, rand_below(rand, 3) == 0);
	if (rand_below(rand, 10) == 0) {
		key.eth_type = be16(0x0806);
		memset(key.src + 4, 0, 12);
		memset(key.dst + 4, 0, 12);
		key.ip_proto = 1;
		key.src_port = key.dst_port = be16(0);
	}
	if (rand_below(rand, 40) == 0)
		key.eth_type = be16(0x88cc);
	if (rand_below(rand, 40) == 0)
		memcpy(key.eth_dst, (const uint8_t[]){1, 0x80, 0xc2, 0, 0, 2}, 6);
	return key;
}

// What leaves a switch.
struct lab_copies {
	struct lab_copy {
		uint32_t port;
		struct sdn_key packet;
	} copy[64];
	unsigned len;
};

static inline void lab_leaves(void *ctx, uint32_t port, const struct sdn_key *packet)
{
	struct lab_copies *copies = ctx;

	assert_true(copies->len < ARRAY_LEN(copies->copy));
	memset(&copies->copy[copies->len], 0, sizeof(copies->copy[0]));
	copies->copy[copies->len].port = port;
	copies->copy[copies->len++].packet = *packet;
}

static inline int lab_copy_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct lab_copy));
}

static inline void lab_copies_sort(struct lab_copies *copies)
{
	qsort(copies->copy, copies->len, sizeof(copies->copy[0]), lab_copy_order);
}

// Of both, which are sorted.
static inline bool lab_copies_equal(const struct lab_copies *a, const struct lab_copies *b)
{
	return a->len == b->len && memcmp(a->copy, b->copy, a->len * sizeof(a->copy[0])) == 0;
}

#endif
