// of_match10: the match of 1.0 as match fields and back. Its members have wildcard bits of their
// own; addresses of IPv4 have prefixes.
#include "proto/openflow/of_match_internal.h"

#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_ARP  0x0806
#define PROTO_ICMP    1
#define PROTO_TCP     6
#define PROTO_UDP     17

// In the order in which match fields have to come: what a field depends on precedes it.
enum step {
	STEP_IN_PORT,
	STEP_ETH_DST,
	STEP_ETH_SRC,
	STEP_ETH_TYPE,
	STEP_VLAN_VID,
	STEP_VLAN_PCP,
	STEP_DSCP,
	STEP_PROTO,
	STEP_NW_SRC,
	STEP_NW_DST,
	STEP_TP_SRC,
	STEP_TP_DST,
	STEPS,
};

static const uint32_t wild_bits[STEPS] = {
        [STEP_IN_PORT] = OF10_WILD_IN_PORT,
        [STEP_ETH_DST] = OF10_WILD_DL_DST,
        [STEP_ETH_SRC] = OF10_WILD_DL_SRC,
        [STEP_ETH_TYPE] = OF10_WILD_DL_TYPE,
        [STEP_VLAN_VID] = OF10_WILD_DL_VLAN,
        [STEP_VLAN_PCP] = OF10_WILD_DL_VLAN_PCP,
        [STEP_DSCP] = OF10_WILD_NW_TOS,
        [STEP_PROTO] = OF10_WILD_NW_PROTO,
        [STEP_NW_SRC] = 0x20u << OF10_WILD_NW_SRC_SHIFT, // 32 and more bits ignored
        [STEP_NW_DST] = 0x20u << OF10_WILD_NW_DST_SHIFT,
        [STEP_TP_SRC] = OF10_WILD_TP_SRC,
        [STEP_TP_DST] = OF10_WILD_TP_DST,
};

static bool is_wild(const struct of10_match *match, enum step step)
{
	return be32_get(match->wildcards) & wild_bits[step];
}

static uint16_t eth_type(const struct of10_match *match)
{
	return is_wild(match, STEP_ETH_TYPE) ? 0 : be16_get(match->dl_type);
}

// The field that a step stands for; -1 if the match makes it meaningless.
static int step_field(const struct of10_match *match, enum step step)
{
	static const int8_t plain[] = {OF_FIELD_IN_PORT,  OF_FIELD_ETH_DST,  OF_FIELD_ETH_SRC,
	                               OF_FIELD_ETH_TYPE, OF_FIELD_VLAN_VID, OF_FIELD_VLAN_PCP,
	                               OF_FIELD_IP_DSCP,  OF_FIELD_IP_PROTO, OF_FIELD_IPV4_SRC,
	                               OF_FIELD_IPV4_DST};
	static const int8_t arp[] = {-1, OF_FIELD_ARP_OP, OF_FIELD_ARP_SPA, OF_FIELD_ARP_TPA, -1,
	                             -1};
	bool dst = step == STEP_TP_DST;

	if (step == STEP_VLAN_PCP &&
	    (is_wild(match, STEP_VLAN_VID) || be16_get(match->dl_vlan) == OF10_VLAN_NONE))
		return -1;
	if (step < STEP_DSCP)
		return plain[step];
	if (eth_type(match) == ETH_TYPE_ARP)
		return arp[step - STEP_DSCP];
	if (eth_type(match) != ETH_TYPE_IPV4)
		return -1;
	if (step < STEP_TP_SRC)
		return plain[step];
	if (is_wild(match, STEP_PROTO))
		return -1;
	switch (match->nw_proto) {
	case PROTO_ICMP:
		return dst ? OF_FIELD_ICMPV4_CODE : OF_FIELD_ICMPV4_TYPE;
	case PROTO_TCP:
		return dst ? OF_FIELD_TCP_DST : OF_FIELD_TCP_SRC;
	case PROTO_UDP:
		return dst ? OF_FIELD_UDP_DST : OF_FIELD_UDP_SRC;
	default:
		return -1;
	}
}

static uint32_t port_extended(uint16_t port)
{
	return port >= 0xff00 ? port | 0xffff0000u : port;
}

static uint64_t step_number(const struct of10_match *match, enum step step)
{
	uint16_t vlan = be16_get(match->dl_vlan);

	switch (step) {
	case STEP_IN_PORT:
		return port_extended(be16_get(match->in_port));
	case STEP_ETH_TYPE:
		return be16_get(match->dl_type);
	case STEP_VLAN_VID:
		return vlan == OF10_VLAN_NONE ? 0 : OXM_VLAN_PRESENT | (vlan & 0xfffu);
	case STEP_VLAN_PCP:
		return match->dl_vlan_pcp;
	case STEP_DSCP:
		return match->nw_tos >> 2;
	case STEP_PROTO:
		return match->nw_proto;
	case STEP_NW_SRC:
		return be32_get(match->nw_src);
	case STEP_NW_DST:
		return be32_get(match->nw_dst);
	case STEP_TP_SRC:
		return be16_get(match->tp_src);
	default:
		return be16_get(match->tp_dst);
	}
}

static void number_store(uint8_t *to, unsigned len, uint64_t value)
{
	for (unsigned i = 0; i < len; i++)
		to[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

// Bits of an address that count; 32 if it is no address.
static unsigned step_prefix(const struct of10_match *match, enum step step)
{
	unsigned shift = step == STEP_NW_SRC ? OF10_WILD_NW_SRC_SHIFT : OF10_WILD_NW_DST_SHIFT;
	uint32_t wild = be32_get(match->wildcards) >> shift & OF10_WILD_NW_MASK;

	return step != STEP_NW_SRC && step != STEP_NW_DST ? 32 : 32 - wild;
}

bool of_match_walk_next10(struct of_match_walk *walk, struct of_oxm *oxm)
{
	const struct of10_match *match = (const struct of10_match *)walk->rest.p;

	for (; walk->step < STEPS; walk->step++) {
		enum step step = (enum step)walk->step;
		int field = is_wild(match, step) ? -1 : step_field(match, step);
		unsigned prefix;

		if (field < 0)
			continue;
		*oxm = (struct of_oxm){.class = OXM_CLASS_BASIC,
		                       .field = (uint8_t)field,
		                       .len = of_field_rows[field].bytes,
		                       .value = walk->value};
		if (step == STEP_ETH_DST)
			memcpy(walk->value, match->dl_dst, 6);
		else if (step == STEP_ETH_SRC)
			memcpy(walk->value, match->dl_src, 6);
		else
			number_store(walk->value, oxm->len, step_number(match, step));
		prefix = step_prefix(match, step);
		if (prefix < 32) {
			number_store(walk->mask, 4, ~(UINT32_MAX >> prefix));
			oxm->mask = walk->mask;
		}
		walk->step++;
		return true;
	}
	return false;
}

// The step that a field is stored by; STEPS if there is none.
static enum step field_step(unsigned field)
{
	static const uint8_t steps[OF_FIELDS] = {
	        [OF_FIELD_IN_PORT] = STEP_IN_PORT + 1,    [OF_FIELD_ETH_DST] = STEP_ETH_DST + 1,
	        [OF_FIELD_ETH_SRC] = STEP_ETH_SRC + 1,    [OF_FIELD_ETH_TYPE] = STEP_ETH_TYPE + 1,
	        [OF_FIELD_VLAN_VID] = STEP_VLAN_VID + 1,  [OF_FIELD_VLAN_PCP] = STEP_VLAN_PCP + 1,
	        [OF_FIELD_IP_DSCP] = STEP_DSCP + 1,       [OF_FIELD_IP_PROTO] = STEP_PROTO + 1,
	        [OF_FIELD_ARP_OP] = STEP_PROTO + 1,       [OF_FIELD_IPV4_SRC] = STEP_NW_SRC + 1,
	        [OF_FIELD_ARP_SPA] = STEP_NW_SRC + 1,     [OF_FIELD_IPV4_DST] = STEP_NW_DST + 1,
	        [OF_FIELD_ARP_TPA] = STEP_NW_DST + 1,     [OF_FIELD_TCP_SRC] = STEP_TP_SRC + 1,
	        [OF_FIELD_UDP_SRC] = STEP_TP_SRC + 1,     [OF_FIELD_ICMPV4_TYPE] = STEP_TP_SRC + 1,
	        [OF_FIELD_TCP_DST] = STEP_TP_DST + 1,     [OF_FIELD_UDP_DST] = STEP_TP_DST + 1,
	        [OF_FIELD_ICMPV4_CODE] = STEP_TP_DST + 1,
	};

	return field < OF_FIELDS && steps[field] ? (enum step)(steps[field] - 1) : STEPS;
}

static bool vlan_store(struct of10_match *to, uint64_t vid)
{
	if (vid & OXM_VLAN_PRESENT)
		to->dl_vlan = be16(vid & 0xfff);
	else if (vid == 0)
		to->dl_vlan = be16(OF10_VLAN_NONE);
	return vid == 0 || vid & OXM_VLAN_PRESENT;
}

static bool number_to10(struct of10_match *to, enum step step, uint64_t value)
{
	switch (step) {
	case STEP_IN_PORT:
		to->in_port = be16((uint16_t)value);
		return port_extended((uint16_t)value) == value;
	case STEP_ETH_TYPE:
		to->dl_type = be16((uint16_t)value);
		return true;
	case STEP_VLAN_VID:
		return vlan_store(to, value);
	case STEP_VLAN_PCP:
		to->dl_vlan_pcp = (uint8_t)value;
		return value < 8;
	case STEP_DSCP:
		to->nw_tos = (uint8_t)(value << 2);
		return value < 64;
	case STEP_PROTO:
		to->nw_proto = (uint8_t)value;
		return value <= UINT8_MAX;
	case STEP_NW_SRC:
		to->nw_src = be32((uint32_t)value);
		return true;
	case STEP_NW_DST:
		to->nw_dst = be32((uint32_t)value);
		return true;
	case STEP_TP_SRC:
		to->tp_src = be16((uint16_t)value);
		return true;
	default:
		to->tp_dst = be16((uint16_t)value);
		return true;
	}
}

// The prefix of a mask of 4 bytes; -1 if it is none.
static int mask_prefix(const struct of_oxm *oxm)
{
	uint32_t mask = be32_get(*(const be32_t *)oxm->mask), host = ~mask;

	return host & (host + 1) ? -1 : __builtin_popcount(mask);
}

static bool field_to10(struct of10_match *to, uint32_t *wild, const struct of_oxm *oxm)
{
	enum step step = oxm->class == OXM_CLASS_BASIC ? field_step(oxm->field) : STEPS;
	unsigned shift = step == STEP_NW_SRC ? OF10_WILD_NW_SRC_SHIFT : OF10_WILD_NW_DST_SHIFT;
	bool address = step == STEP_NW_SRC || step == STEP_NW_DST;
	int prefix = 32;

	if (step == STEPS || (oxm->mask && !address))
		return false;
	if (oxm->mask)
		prefix = mask_prefix(oxm);
	if (prefix < 0)
		return false;
	if (address)
		*wild = (*wild & ~(OF10_WILD_NW_MASK << shift)) | (uint32_t)(32 - prefix) << shift;
	else
		*wild &= ~wild_bits[step];
	if (step == STEP_ETH_DST)
		memcpy(to->dl_dst, oxm->value, 6);
	else if (step == STEP_ETH_SRC)
		memcpy(to->dl_src, oxm->value, 6);
	else
		return number_to10(to, step, of_match_number(oxm));
	return true;
}

// Whether 1.0 reads the same fields: none lacks its prerequisite.
static bool is_same(const struct of10_match *match, uint64_t fields)
{
	const struct of_match again = {(const uint8_t *)match, sizeof(*match), OF10};
	struct of_match_walk walk = of_match_walk_of(&again);
	struct of_oxm oxm;
	uint64_t found = 0;

	while (of_match_walk_next(&walk, &oxm))
		found |= UINT64_C(1) << oxm.field;
	return found == fields;
}

bool of_match_to10(const struct of_match *match, struct of10_match *to)
{
	struct of_match_walk walk = of_match_walk_of(match);
	uint32_t wild = OF10_WILD_ALL;
	struct of_oxm oxm;
	uint64_t fields = 0;

	*to = (struct of10_match){0};
	while (of_match_walk_next(&walk, &oxm)) {
		if (!field_to10(to, &wild, &oxm))
			return false;
		fields |= UINT64_C(1) << oxm.field;
	}
	to->wildcards = be32(wild);
	return is_same(to, fields);
}
