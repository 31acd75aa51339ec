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
#include "proto/dns/answer.h"

// The classes of replies are the kinds of enum dns_kind, each limited by itself, and
// all replies together, whatever their kind.
#define RRL_ALL     (DNS_KIND_REFERRAL + 1)
#define RRL_CLASSES (RRL_ALL + 1)

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

// A reply on its way out. Its kind decides what else tells it from others to the
// same network: of DNS_KIND_POSITIVE subject and qtype, of DNS_KIND_ERROR nothing,
// of all others the subject.
//
// subject and kind are those of struct dns_outcome. All names that one wildcard
// answers, all that one delegation covers and all that a zone denies have the same
// subject; were it the queried name, each forged name would have a bucket of its own
// and nothing would be limited.
struct rrl_reply {
	const uint8_t *source; // the client's 16 bytes, as in struct dns_request
	uint64_t subject;
	uint16_t qtype;
	uint8_t kind;   // enum dns_kind
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
