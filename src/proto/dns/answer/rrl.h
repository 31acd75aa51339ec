// rrl: response rate limiting: how many replies that repeat one another a network
// may get in a second. Whoever forges the address of a victim has us send replies to
// it; beyond the limit they are dropped, and each slip-th is sent empty with TC
// instead: no longer than its query, and a client that is really there asks again
// over TCP. Neighbours: cookie.h, acl.h.
//
// Each worker has a table of its own, so rates are per worker: what a network gets
// in all lies between the rate and the rate times the workers, as its flows are
// spread over them.
#ifndef DNS_RRL_H
#define DNS_RRL_H

#include "core/acl.h"
#include "core/metric.h"
#include "core/mono.h"
#include "proto/dns/answer/answer.h"

// The classes of replies are the kinds of enum dns_kind, each limited by itself, and
// all replies together, whatever their kind.
#define RRL_ALL     (DNS_KIND_REFERRAL + 1)
#define RRL_CLASSES (RRL_ALL + 1)

struct rrl_conf {
	uint32_t per_s[RRL_CLASSES]; // at most RRL_PER_S_MAX; 0: not limited
	// A bucket that was emptied gives again when nothing was asked of it for up
	// to so long, since replies that were not sent are charged, too. 0: they are
	// not, and even a flood gets its rate.
	uint32_t window_s;
	uint32_t slip;                    // of so many limited replies one slips; 0: none, 1: all
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

// A reply on its way out. A bucket belongs to its network, kind and subject; errors
// of all kinds share one, whatever their subject.
//
// kind and subject are those of struct dns_outcome. All names that one wildcard
// answers, that one delegation covers or that a zone denies have the same subject:
// were it the queried name, each forged name would have a bucket of its own and
// nothing would be limited. The queried type does not count for the same reason: a
// CNAME answers each of the 65,536.
struct rrl_reply {
	const uint8_t *source; // the client's 16 bytes, as in struct dns_request
	uint64_t subject;
	uint8_t kind;   // enum dns_kind
	bool slip;      // out: send header, question and OPT only, with TC
	enum drop drop; // out: DROP_DNS_RATE: send nothing
};

struct rrl;

// A table with all that the engine ever allocates; not for two threads. conf is
// copied, what it borrows outlives the table. key is a secret such as seed_os
// gives. NULL when memory is short.
struct rrl *rrl_new(const struct rrl_conf *conf, uint64_t key) MUST_CHECK;
void rrl_free(struct rrl *rrl);

// Charges the replies of a burst, in their order, and says which of them may go. Not
// for what cannot be forged: the caller leaves out replies over TCP and to clients
// with a good cookie. now does not go back from call to call.
//
// A full bucket holds the replies of one second. A look-up reads one cache line of
// four buckets, two lines with per_s[RRL_ALL]. A new bucket takes the place of the
// one in its line that will be full again first: one that nobody asks of, unless all
// four are being emptied.
//
// What collisions give an attacker: a stranger's bucket is taken for the right one
// at one look-up in 2^30, so emptying a bucket does not starve others. To have a
// bucket of its own forgotten, and full again, it must empty three more of the same
// line further than that one; the secret key hides which these are, so it has to
// empty three for each line of the table, each of them limited as well. Forgetting
// those of others only feeds them.
void rrl_check(struct rrl *rrl, struct rrl_reply *replies, unsigned n, mono_t now);

const struct rrl_metric *rrl_metric(const struct rrl *rrl);

#endif
