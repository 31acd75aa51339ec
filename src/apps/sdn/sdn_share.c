// sdn_share: see the header.
#include "apps/sdn/sdn_share.h"

static_assert(CLUSTER_KEYS == SDN_LLDP_SECRETS && CLUSTER_KEY_BYTES == HASH_SIP_KEY_BYTES,
              "what a member publishes is what its probes are signed with");
static_assert(CLUSTER_MEMBERS_MAX - 1 <= SDN_LLDP_PEERS_MAX, "each other member is a peer");

#define KEY_IN_USE 1 // between the one of before and the next one

void sdn_share_sign(struct sdn_forward *forward, struct cluster_member *member,
                    const uint8_t key[CLUSTER_KEY_BYTES], mono_t now)
{
	cluster_member_set_key(member, key, now);
	sdn_topology_set_secret(&forward->topology, member->share.peer[0].key[KEY_IN_USE]);
}

void sdn_share_begin(struct sdn_forward *forward, struct cluster_member *member,
                     const uint8_t keys[CLUSTER_KEYS][CLUSTER_KEY_BYTES], mono_t now)
{
	struct sdn_topology *topology = &forward->topology;

	for (unsigned i = 0; i < CLUSTER_KEYS; i++)
		cluster_member_set_key(member, keys[i], now);
	topology->conf.key.instance = sdn_share_instance(member->share.conf.id);
	memcpy(topology->conf.key.secret, member->share.peer[0].key[KEY_IN_USE],
	       sizeof(topology->conf.key.secret));
}

static void peers_apply(struct sdn_topology *topology, const struct cluster_share *share)
{
	topology->peers_len = 0;
	for (unsigned i = 1; i < CLUSTER_MEMBERS_MAX; i++) {
		const struct cluster_peer *from = &share->peer[i];
		struct sdn_lldp_peer *to = &topology->peer[topology->peers_len];

		if (!*from->name || from->id == 0 || !from->has_keys)
			continue;
		to->instance = sdn_share_instance(from->id);
		memcpy(to->secret, from->key, sizeof(to->secret));
		topology->peers_len++;
	}
}

static bool is_others(const struct cluster_share *share, const struct cluster_peer *owner)
{
	return owner && owner != &share->peer[0];
}

static void switches_add(struct sdn_topology *topology, const struct cluster_share *share,
                         mono_t now)
{
	for (uint32_t i = 0; i < share->len; i++) {
		uint64_t datapath_id = share->at[i].datapath_id;
		uint32_t at;

		if (!is_others(share, cluster_share_owner(share, datapath_id)) ||
		    sdn_topology_find_switch(topology, datapath_id) != SDN_LIST_NONE)
			continue;
		at = sdn_topology_add_switch(topology, datapath_id, now);
		if (at != SDN_LIST_NONE)
			sdn_topology_hold_switch(topology, at, true, now);
	}
}

void sdn_share_apply(struct sdn_forward *forward, const struct cluster_member *member, mono_t now)
{
	struct sdn_topology *topology = &forward->topology;
	const struct cluster_share *share = &member->share;

	peers_apply(topology, share);
	switches_add(topology, share, now);
	for (uint32_t at = 0; at < topology->switches; at++) {
		uint64_t datapath_id = topology->at[at].datapath_id;
		const struct cluster_peer *owner;

		if (datapath_id == 0)
			continue;
		owner = cluster_share_owner(share, datapath_id);
		sdn_topology_set_prober(topology, at,
		                        is_others(share, owner) ? sdn_share_instance(owner->id) : 0,
		                        now);
		sdn_topology_attend(topology, at, cluster_share_is_attended(share, datapath_id));
	}
}

void sdn_share_settle(struct sdn_forward *forward, struct cluster_member *member)
{
	cluster_member_narrow(member, forward->flooding.digest);
	if (cluster_member_is_agreed(member))
		sdn_forward_agree(forward, member->digest);
}
