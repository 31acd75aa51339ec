// rrl: response rate limiting: how many similar replies a network may get in a second. An
// attacker who forges the address of a victim makes the server send replies to the victim.
// Replies beyond the limit are dropped, but each slip-th is sent empty with TC: it is no
// longer than its query, and a genuine client repeats the query over TCP. Neighbours:
// cookie.h, acl.h.
//
// Each worker has a table of its own, so rates are per worker: a network gets between the
// rate and the rate times the number of workers, as its flows are spread over them.
#ifndef DNS_RRL_H
#define DNS_RRL_H

#include "core/acl.h"
#include "core/metric.h"
#include "core/mono.h"
#include "proto/dns/answer/answer.h"

// Each kind of reply (enum dns_kind) is a class with a limit of its own; RRL_ALL is the
// class of all replies together.
#define RRL_ALL     (DNS_KIND_REFERRAL + 1)
#define RRL_CLASSES (RRL_ALL + 1)

struct rrl_conf {
	uint32_t per_s[RRL_CLASSES]; // replies per second, up to RRL_PER_S_MAX; 0: not limited
	// Replies that are not sent are charged, too, so that a flood gets no replies at all.
	// After the flood ends, it takes up to window_s seconds until replies are sent again.
	// 0: only replies that are sent are charged, and a flood gets replies at the rate.
	uint32_t window_s;
	uint32_t slip; // one in `slip` limited replies is sent with TC; 0: none, 1: all
	uint8_t ipv4_prefix,
	        ipv6_prefix;      // bits of an address that make a network; 1 to 32, 1 to 64
	uint32_t table_size;      // number of buckets, RRL_TABLE_MIN to RRL_TABLE_MAX
	bool log_only;            // count limited replies, but send them
	const struct acl *exempt; // clients that are not limited; borrowed; NULL: none
};

#define RRL_PER_S_MAX    1000000
#define RRL_WINDOW_S_MAX 3600
#define RRL_TABLE_MIN    64
#define RRL_TABLE_MAX    (1 << 26) // of 16 bytes each

// Counters of one worker, which the control thread reads. With log_only they count what
// would have been limited.
struct rrl_metric {
	counter_t limited[RRL_CLASSES]; // replies beyond a limit, by the class whose limit it was
	counter_t slipped;              // of these, those that were sent with TC
	counter_t evicted;              // buckets replaced while in use: the table is too small
};

// A reply that is about to be sent. It is charged to the bucket of its network, kind and
// content_id; all errors to one network share a bucket, whatever their content_id.
//
// kind and content_id are those of struct dns_outcome. All names that one wildcard answers,
// that one delegation covers or that one zone denies have the same content_id. With the qname
// instead, each random name of an attacker would get a bucket of its own and nothing
// would be limited. The qtype is ignored for the same reason: a CNAME answers each of the
// 65,536 types.
struct rrl_reply {
	const uint8_t *source; // the client's 16 bytes, as in struct dns_request
	uint64_t content_id;
	uint8_t kind;   // enum dns_kind
	bool slip;      // out: send answer_truncate's form of the reply
	enum drop drop; // out: DROP_DNS_RATE: do not send; else DROP_NONE
};

struct rrl;

// Allocates a table, for use by one thread; later calls allocate nothing. conf is copied;
// what it borrows must outlive the table. key is a secret, such as seed_os returns, that
// hides from attackers which bucket a reply is charged to. NULL: not enough memory.
struct rrl *rrl_new(const struct rrl_conf *conf, uint64_t key) MUST_CHECK;
void rrl_free(struct rrl *rrl);

// Charges n replies in order and sets slip and drop of each. The caller omits replies whose
// client address cannot be forged: those over TCP and to clients with a good cookie. now
// must not decrease from call to call.
//
// A full bucket holds the replies of one second. A look-up reads one cache line of four
// buckets, two lines with per_s[RRL_ALL]. A new bucket replaces the one of its line that
// will be full again first: an idle one, unless all four are in use.
//
// What an attacker gains from collisions: one look-up in 2^30 finds the bucket of another
// reply, so that emptying a bucket does not starve other clients. To have its own bucket
// replaced by a full one, an attacker must empty three more buckets of the same line further
// than that one. The secret key hides which these are, so it must empty three for each line
// of the table, each of them limited as well. Replacing the buckets of others only gives
// them more replies.
void rrl_check(struct rrl *rrl, struct rrl_reply *replies, unsigned n, mono_t now);

// The table's counters, valid until rrl_free.
const struct rrl_metric *rrl_metric(const struct rrl *rrl);

#endif
