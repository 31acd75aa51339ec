// sdn_share: between the two engines of a network that several controllers share (sdn.cluster.share
// with sdn.topology): proto/cluster, which says whose each switch is and what the others have
// written, and proto/sdn, which finds links and floods along the tree. Pure, as these are.
#ifndef APPS_SDN_SDN_SHARE_H
#define APPS_SDN_SDN_SHARE_H

#include "proto/cluster/cluster_member.h"
#include "proto/sdn/sdn_forward.h"

// The instance by which the probes of a member are known.
static inline uint32_t sdn_share_instance(uint64_t member_id)
{
	return (uint32_t)(member_id ^ member_id >> 32) | 1;
}

// At first: with what this controller signs; keys: random bytes.
void sdn_share_begin(struct sdn_forward *forward, struct cluster_member *member,
                     const uint8_t keys[CLUSTER_KEYS][CLUSTER_KEY_BYTES], mono_t now);
// Another key comes into use, of cluster_member_key_is_due.
void sdn_share_sign(struct sdn_forward *forward, struct cluster_member *member,
                    const uint8_t key[CLUSTER_KEY_BYTES], mono_t now);

// What was read of the store has changed: who signs with what, who probes which switch, and at
// which switches their masters act. Those of others that are not known yet are added, held.
void sdn_share_apply(struct sdn_forward *forward, const struct cluster_member *member, mono_t now);

// The store's answer to a question that was asked then has been read.
static inline void sdn_share_looked(struct sdn_forward *forward, mono_t asked)
{
	forward->topology.looked = asked;
}

// To be called after sdn_forward_update, and after each answer of the store: which tree this
// controller is down to; and that all are.
void sdn_share_settle(struct sdn_forward *forward, struct cluster_member *member);

#endif
