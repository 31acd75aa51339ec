// cluster_member: this controller as one of a cluster: the election, and the shares of switches if
// it takes part in sharing. One request to the store is out at a time, with all that is to be
// written and read. Pure, as its two parts are.
#ifndef CLUSTER_CLUSTER_MEMBER_H
#define CLUSTER_CLUSTER_MEMBER_H

#include "proto/cluster/cluster_election.h"

// Rows of the network, which are the caller's: KEY.net/..., written by the master of all, and read
// by the others; where switches are shared each member writes those of its own.
#define CLUSTER_NET_BYTES    16384 // of one
#define CLUSTER_NET_PUTS_MAX 8     // in one request
#define CLUSTER_NET_GETS_MAX 16    // in one answer: more than can have one revision

#define CLUSTER_PUTS_MAX (3 + CLUSTER_NET_PUTS_MAX)

struct cluster_member_conf {
	struct cluster_election_conf election; // of which `shares`: this member takes part
	bool network; // what is shared is one network: probes are signed, and floods take a tree
	uint32_t switches_max; // at most CLUSTER_SWITCHES_MAX
	uint64_t seed;         // of hash tables: a secret
};

// A row below the record's key: written with the record, if that is, or without a condition.
struct cluster_put {
	char name[CLUSTER_ROW_NAME_BYTES + 1];
	bool is_net; // of the network
	struct span text;
};

struct cluster_request {
	struct cluster_ask ask;
	uint64_t
	        fence; // revision that the row of shares has to have, or nothing is written; 0: any
	bool rows;     // those that changed are read, too
	uint64_t since; // of that revision or a later one
	bool net;       // likewise rows of the network, the oldest of them
	uint64_t net_since;
	unsigned puts_len;
	struct cluster_put put[CLUSTER_PUTS_MAX];
};

struct cluster_member {
	struct cluster_election election;
	struct cluster_share share;
	bool network;       // as configured
	bool leaving, left; // left: it stands in the store
	bool is_shared;     // the master of the election gives switches to members
	mono_t beat;        // of this member's row is due
	mono_t reach_next;  // what is connected is written again
	mono_t share_next;  // the shares are not changed before that
	uint64_t since;     // rows of that revision or a later one were not read
	uint64_t newest;    // revision that was read by the request that is out
	uint64_t reach, reach_asked, reach_written; // counts changes of what is connected
	// Of the tree: what it was said to be, counts of changes, as of reach; and whether all are
	// down to it as it was written.
	uint64_t digest, tree, tree_asked, tree_written, tree_generation;
	bool agreed;
	mono_t tree_next;
	mono_t key_due;                 // another one comes into use, if the next one was written
	bool keys_out, keys_new;        // keys that are not in the store yet; not even asked for
	uint64_t share_revision;        // of the row of shares
	struct cluster_request request; // that is out
	uint8_t *share_text, *reach_text, *tree_text;
	uint8_t member_text[CLUSTER_MEMBER_BYTES];
};

// 0 or -ENOMEM; all zeros can be closed.
int cluster_member_open(struct cluster_member *member, const struct cluster_member_conf *conf,
                        mono_t now) MUST_CHECK;
void cluster_member_close(struct cluster_member *member);

// A switch is connected to this controller, or not any more.
void cluster_member_connect(struct cluster_member *member, uint64_t datapath_id, bool connected);

// The next key of probes, a random one, when cluster_member_key_is_due: the one of before comes
// into use. So each is known to the others for a while before, and believed for one after.
static inline bool cluster_member_key_is_due(const struct cluster_member *member, mono_t now)
{
	return member->network && !member->keys_out && mono_due(member->key_due, now);
}
void cluster_member_set_key(struct cluster_member *member, const uint8_t key[CLUSTER_KEY_BYTES],
                            mono_t now);

// This controller acts at the switch, as its master; it does not any more.
void cluster_member_attend(struct cluster_member *member, uint64_t datapath_id, bool attended);
// This controller is down to the tree with that digest: it floods by no link that is not in it.
void cluster_member_narrow(struct cluster_member *member, uint64_t digest);
// Whether all that are master of a switch are down to the tree of cluster_member_narrow.
static inline bool cluster_member_is_agreed(const struct cluster_member *member)
{
	return member->agreed;
}

// As cluster_election_next; the request is valid until its answer, and rows of the network may be
// added to it before it is sent. It is answered by cluster_member_row for each row that was read,
// and then cluster_member_answer, or fails.
struct cluster_request *cluster_member_next(struct cluster_member *member, mono_t now);
void cluster_member_row(struct cluster_member *member, struct span name, uint64_t revision,
                        struct span text, mono_t now);
void cluster_member_answer(struct cluster_member *member, const struct cluster_answer *answer,
                           mono_t now);
void cluster_member_fail(struct cluster_member *member, mono_t now);

// Ends: others need not wait for silence to take what this member is master of.
void cluster_member_leave(struct cluster_member *member, mono_t now);
// Does not end after all: takes part again as one that has just come.
void cluster_member_stay(struct cluster_member *member, mono_t now);

// Whether this controller is to be master of the switch, and the generation to say so with; 0: none
// is known yet.
bool cluster_member_is_master(const struct cluster_member *member, uint64_t datapath_id);
uint64_t cluster_member_generation(const struct cluster_member *member) PURE;
// Whether to act at the switches of which it is.
bool cluster_member_acts(const struct cluster_member *member, mono_t now) PURE;
// The name of the switch's master; "": there is none.
const char *cluster_member_master_name(const struct cluster_member *member, uint64_t datapath_id);

#endif
