// rrl: response rate limiting: how many replies of one kind a network may get in a
// second. Whoever forges the address of a victim has us send replies to it; beyond
// the limit they are dropped, and each slip-th is sent empty with TC instead: no
// longer than its query, and a client that is really there asks again over TCP. The
// buckets are those of BIND: one for each network, class of reply and what the
// reply is about. Neighbours: cookie.h, acl.h.
//
// Each worker has a table of its own, so rates are per worker: what a network gets
// in all lies between the rate and the rate times the workers, as its flows are
// spread over them.
#ifndef DNS_RRL_H
#define DNS_RRL_H

#include "core/metric.h"
#include "proto/dns/acl.h"

enum rrl_class {
	RRL_ANSWER,
	RRL_NODATA,
	RRL_REFERRAL,
	RRL_NXDOMAIN,
	RRL_ERROR, // each rcode but NOERROR and NXDOMAIN
	RRL_ALL,   // every reply, besides its own class; only in struct rrl_conf
	RRL_CLASSES,
};

struct rrl_conf {
	uint32_t per_s[RRL_CLASSES]; // at most RRL_PER_S_MAX; 0: not limited
	// Once over its limit, a bucket gives again when its queries have stayed
	// away for up to so long: replies that were not sent are charged too. 0:
	// they are not, and a flood always gets its rate.
	uint32_t window_s;
	uint32_t slip;                    // each so manieth limited reply slips; 0: none, 1: all
	uint8_t ipv4_prefix, ipv6_prefix; // what a network is; 1 to 32, 1 to 64
	uint32_t table_size;              // buckets, RRL_TABLE_MIN to RRL_TABLE_MAX
	bool log_only;                    // count, but send everything
	const struct acl *exempt;         // borrowed; NULL: nobody
};

#define RRL_PER_S_MAX    1000000
#define RRL_WINDOW_S_MAX 3600
#define RRL_TABLE_MIN    64
#define RRL_TABLE_MAX    (1 << 26) // of 16 bytes each

// Of one worker; the control thread reads them. With log_only: what would have
// been.
struct rrl_metric {
	counter_t limited[RRL_CLASSES]; // replies, by the class whose limit it was
	counter_t slipped;              // of these, those that were sent with TC
	counter_t evicted;              // buckets taken while in use: the table is too small
};

// A reply on its way out. What it is about is told by numbers of the caller's
// that are unique within the set of zones; the class decides which of them count:
//
//   ANSWER    zone, node, type: of many names that one wildcard or DNAME answers,
//             all count as one, or each forged name would have a bucket of its
//             own. So node is the wildcard's, never the queried name's; that of a
//             CNAME chain is the first one's. type is the queried one.
//   NODATA    zone, node: whatever type was asked; of a wildcard as above
//   REFERRAL  zone, node: the delegation's, however deep the name
//   NXDOMAIN  zone: whatever name was asked; of a chain, the last zone
//   ERROR     nothing: all errors of a network are one
struct rrl_reply {
	const uint8_t *address; // the client's 16 bytes, IPv4 as ::ffff:a.b.c.d
	enum rrl_class class;
	uint32_t zone, node;
	uint16_t type;
	bool slip;      // out: send header, question and OPT only, with TC
	enum drop drop; // out: DROP_DNS_RATE: send nothing
};

struct rrl;

// A table with all that the engine ever allocates. conf is copied, what it borrows
// outlives the table. hash_key is a secret such as rand_seed_os gives. NULL when
// memory is short.
struct rrl *rrl_new(const struct rrl_conf *conf, uint64_t hash_key) MUST_CHECK;
void rrl_free(struct rrl *rrl);

// Charges the replies of a burst and says which of them may go, in this order. Not
// for what cannot be forged: the caller leaves out replies over TCP and to clients
// with a good cookie. now does not go back from call to call.
//
// A look-up reads one cache line of four buckets (two with per_s[RRL_ALL]). When
// all four are taken, the one whose debt is paid first is reused: the one least
// recently used, unless one is being flooded. What a collision gives: two keys
// have the same bucket once in 2^30 look-ups, and then a client shares the limit of
// a stranger. To get rid of its own full bucket, an attacker must touch four more
// of the same line that owe as much; the secret key hides which they are, so it has
// to fill the whole table, once a second, with buckets that each let through less
// than they would alone. To get rid of others' is of no use: an empty bucket gives.
void rrl_check(struct rrl *rrl, struct rrl_reply *replies, unsigned n, mono_t now);

const struct rrl_metric *rrl_metric(const struct rrl *rrl);

#endif
