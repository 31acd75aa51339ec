// cluster_share: which member of a cluster is master of which switch. Each member says in rows of
// the store that it is there, and which switches are connected to it; the member that won the
// election (cluster_election.h) gives each switch to one of those that it is connected to, in a row
// that it writes together with its record. Pure: rows come in as text, and go out so.
//
// Where the switches are one network, a member says more: with what it signs the probes by which
// links are found, in its own row; and in a row of its own the digest of the spanning tree that it
// is down to, with the switches that it acts at, as of which list of shares. What that is for is
// sdn_flooding.h's.
//
// Shares differ by one switch at most where connections allow it, and a change moves no more
// switches than that needs. Times are of this member's own clock: one whose row has not changed for
// silence_us is gone, unless we did not look.
#ifndef CLUSTER_CLUSTER_SHARE_H
#define CLUSTER_CLUSTER_SHARE_H

#include "core/hash.h"
#include "core/mono.h"
#include "core/span.h"

#define CLUSTER_NAME_BYTES   32
#define CLUSTER_MEMBERS_MAX  16
#define CLUSTER_SWITCHES_MAX 16384

// What a member signs with: the key of before, the one in use, and the next one, which the others
// know for a while when it comes into use.
#define CLUSTER_KEYS      3
#define CLUSTER_KEY_BYTES 16

// Of a row's name, and of the longest text of each kind.
#define CLUSTER_ROW_NAME_BYTES (8 + CLUSTER_NAME_BYTES)
#define CLUSTER_MEMBER_BYTES   (7 + 17 + 16 + CLUSTER_KEYS * (1 + 2 * CLUSTER_KEY_BYTES))
#define CLUSTER_REACH_BYTES(n) (7 + 16 + 17 * (size_t)(n))
#define CLUSTER_TREE_BYTES(n)  (7 + 17 + 17 + 16 + 17 * (size_t)(n))
#define CLUSTER_SHARE_BYTES(n)                                                                     \
	(7 + 17 + CLUSTER_MEMBERS_MAX * (16 + 1 + CLUSTER_NAME_BYTES + 1) + 34 * (size_t)(n))

#define CLUSTER_NO_MEMBER 0xff

struct cluster_share_conf {
	uint64_t id; // as in cluster_election_conf
	uint64_t silence_us;
	uint64_t seed; // of the hash table: a secret
	uint32_t switches_max;
	char name[CLUSTER_NAME_BYTES + 1];
};

struct cluster_peer {
	uint64_t id;       // of its start; 0: it has left
	uint64_t heard;    // the highest generation that switches reported to it
	uint64_t revision; // of its row; 0: it was not read
	mono_t since;      // the row is as it is
	mono_t joined;     // it is there since then
	bool silent;       // until its row changes
	bool proven;       // its row was seen to change: it may get switches
	bool has_keys;
	uint8_t key[CLUSTER_KEYS][CLUSTER_KEY_BYTES];
	uint64_t tree_generation, tree_digest; // of its row of the tree; generation 0: none
	uint32_t switches;                     // of which it is master
	char name[CLUSTER_NAME_BYTES + 1];     // "": the place is free
};

struct cluster_switch {
	uint64_t datapath_id;
	uint64_t since;    // generation of the list by which its owner became that
	uint16_t reach;    // members that it is connected to, a bit for each
	uint16_t attended; // members that say that they act at it, likewise
	uint8_t owner;     // in force, or CLUSTER_NO_MEMBER
	uint8_t next;      // as proposed
};

// Members are for reading.
struct cluster_share {
	struct cluster_share_conf conf;
	struct cluster_peer peer[CLUSTER_MEMBERS_MAX]; // [0] is this one
	struct cluster_switch *at;                     // len of switches_max
	struct hash hash;
	uint32_t len;
	uint64_t generation; // of the row of shares; 0: none was read
	uint64_t changes;    // counts what rows have changed, beats aside
	mono_t looked;       // rows were read last
	bool has_looked;
	bool has_row; // of this member: it was written
	bool rival;   // another one writes a row by the same name
	bool yields;  // to it, so that there is one row by the name, as long as it writes it
	mono_t rival_seen;
};

// 0 or -ENOMEM; all zeros can be closed.
int cluster_share_open(struct cluster_share *share, const struct cluster_share_conf *conf,
                       mono_t now) MUST_CHECK;
void cluster_share_close(struct cluster_share *share);

// A switch is connected to this member, or is not any more. False: there is no room for it.
bool cluster_share_connect(struct cluster_share *share, uint64_t datapath_id, bool connected);

// This member acts at the switch, or does not any more. False: it is unknown, or that is no change.
bool cluster_share_attend(struct cluster_share *share, uint64_t datapath_id, bool attended);

// A row of the store, by its name: "member/NAME", "reach/NAME", "share", "tree/NAME"; others are
// ignored. A text that is none of ours is as if it were not there.
void cluster_share_row(struct cluster_share *share, struct span name, uint64_t revision,
                       struct span text, mono_t now);
// All rows that have changed were read.
void cluster_share_looked(struct cluster_share *share, mono_t now);
// The store has lost what it had: nothing is known of other members.
void cluster_share_lost(struct cluster_share *share);

// The member with the id is gone: another one has taken its place in the election.
void cluster_share_bury(struct cluster_share *share, uint64_t id);

// Proposes who is to be master of each switch now. True: it is not as it is in force. False also
// when rows were not looked at for a while: what they say may be old.
bool cluster_share_assign(struct cluster_share *share, mono_t now);
// The row of shares as proposed. It is in force when it was written and read. known: what is in
// force was read, so that a switch whose owner stays has it since the same generation.
void cluster_share_put(const struct cluster_share *share, uint64_t generation, bool known,
                       struct fill *out);

// This member's own rows; left: it goes.
void cluster_share_put_member(const struct cluster_share *share, bool left, struct fill *out);
void cluster_share_put_reach(const struct cluster_share *share, struct fill *out);
// The row of the tree: of the list of shares in force, with that digest.
void cluster_share_put_tree(const struct cluster_share *share, uint64_t digest, struct fill *out);

// The master of the switch; NULL: it has none.
const struct cluster_peer *cluster_share_owner(const struct cluster_share *share,
                                               uint64_t datapath_id);
static inline bool cluster_share_is_mine(const struct cluster_share *share, uint64_t datapath_id)
{
	return cluster_share_owner(share, datapath_id) == &share->peer[0];
}

// Whether the switch's master says that it acts at it, since it is its master.
bool cluster_share_is_attended(const struct cluster_share *share, uint64_t datapath_id) PURE;
// The list by which its master became that; 0: it has none.
uint64_t cluster_share_since(const struct cluster_share *share, uint64_t datapath_id) PURE;

// Whether all others that are master of a switch say that they are down to that tree, as of the
// list of shares in force.
bool cluster_share_agrees(const struct cluster_share *share, uint64_t digest) PURE;

// Members that are there, this one included.
unsigned cluster_share_members(const struct cluster_share *share, mono_t now) PURE;

// The highest generation that the others heard of.
uint64_t cluster_share_heard(const struct cluster_share *share) PURE;

#endif
