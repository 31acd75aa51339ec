// rrl: see the header. A bucket is a token bucket, stored as the instant at which it will be
// full (the generic cell rate algorithm): each reply delays that instant by the time in which
// one token is added.
#include "proto/dns/answer/rrl.h"

#include "core/be.h"
#include "core/hash.h"
#include "core/line.h"

#include <stdlib.h>
#include <string.h>

#define BURST 32
#define WAYS  4

#define SEC_NS   UINT64_C(1000000000)
#define DEPTH_NS SEC_NS // a full bucket holds the replies of one second

struct bucket {
	uint32_t tag;
	uint32_t unslipped; // limited replies since one slipped
	uint64_t full_ns;
};

struct line {
	CACHE_ALIGNED struct bucket bucket[WAYS];
};
_Static_assert(sizeof(struct line) == CACHE_LINE_BYTES, "a look-up reads one cache line");

struct rrl {
	struct line *lines;
	uint32_t lines_len;
	uint32_t slip;
	uint64_t ipv4_mask, ipv6_mask; // of the lower and of the upper half of an address
	uint64_t seed[RRL_CLASSES];
	uint64_t interval_ns[RRL_CLASSES]; // of one reply; 0: not limited
	uint64_t window_ns;
	const struct acl *exempt;
	bool log_only;
	struct rrl_metric metric;
};

struct rrl *rrl_new(const struct rrl_conf *conf, uint64_t key)
{
	struct rrl *rrl = line_alloc(1, sizeof(*rrl));

	if (!rrl)
		return NULL;
	rrl->lines_len = ROUND_UP(conf->table_size, WAYS) / WAYS;
	rrl->lines = line_alloc(rrl->lines_len, sizeof(struct line));
	if (!rrl->lines) {
		free(rrl);
		return NULL;
	}
	for (unsigned i = 0; i < RRL_CLASSES; i++) {
		rrl->seed[i] = hash_key(key, &i, sizeof(i));
		rrl->interval_ns[i] = conf->per_s[i] ? SEC_NS / conf->per_s[i] : 0;
	}
	rrl->slip = conf->slip;
	rrl->ipv4_mask = (uint64_t)be32(UINT32_MAX << (32 - conf->ipv4_prefix)).be << 32;
	rrl->ipv6_mask = be64(UINT64_MAX << (64 - conf->ipv6_prefix)).be;
	rrl->window_ns = conf->window_s * SEC_NS;
	rrl->exempt = conf->exempt;
	rrl->log_only = conf->log_only;
	return rrl;
}

void rrl_free(struct rrl *rrl)
{
	if (rrl)
		free(rrl->lines);
	free(rrl);
}

const struct rrl_metric *rrl_metric(const struct rrl *rrl)
{
	return &rrl->metric;
}

// The prefix of a client's address as one word: for IPv6 from the upper half. A word of IPv4
// equals one of 0:ffff::/32, which is not allocated to any network.
static uint64_t client_network(const struct rrl *rrl, const uint8_t source[16])
{
	uint64_t half[2];

	memcpy(half, source, sizeof(half));
	if (half[0] == 0 && (uint32_t)half[1] == UINT32_C(0xffff0000))
		return half[1] & (rrl->ipv4_mask | UINT32_MAX);
	return half[0] & rrl->ipv6_mask;
}

static struct line *bucket_line(const struct rrl *rrl, uint64_t hash)
{
	return &rrl->lines[((hash >> 32) * rrl->lines_len) >> 32];
}

// Replaces the bucket of the line that will be full first by a new, full one.
static struct bucket *bucket_add(struct rrl *rrl, struct line *line, uint32_t tag, uint64_t now_ns)
{
	struct bucket *least = &line->bucket[0];

	for (unsigned i = 1; i < WAYS; i++)
		if (line->bucket[i].full_ns < least->full_ns)
			least = &line->bucket[i];
	if (least->full_ns > now_ns)
		counter_add(&rrl->metric.evicted, 1);
	*least = (struct bucket){.tag = tag};
	return least;
}

static struct bucket *bucket_find(struct rrl *rrl, uint64_t hash, uint64_t now_ns)
{
	struct line *line = bucket_line(rrl, hash);
	uint32_t tag = (uint32_t)hash;

	for (unsigned i = 0; i < WAYS; i++)
		if (line->bucket[i].tag == tag)
			return &line->bucket[i];
	return bucket_add(rrl, line, tag, now_ns);
}

// Takes the token of one reply from a bucket. Returns false when there is none.
static bool bucket_take(struct bucket *bucket, uint64_t interval_ns, uint64_t window_ns,
                        uint64_t now_ns)
{
	uint64_t full_ns = (bucket->full_ns > now_ns ? bucket->full_ns : now_ns) + interval_ns;
	uint64_t max_ns;

	if (likely(full_ns <= now_ns + DEPTH_NS)) {
		bucket->full_ns = full_ns;
		return true;
	}
	// Limits the debt: after window_ns without queries, the next reply is sent again.
	max_ns = now_ns + DEPTH_NS - interval_ns + window_ns;
	full_ns = u64_min(full_ns, max_ns);
	if (full_ns > bucket->full_ns)
		bucket->full_ns = full_ns;
	return false;
}

// Charges a reply to the bucket of a class that has a limit. Returns true when the reply is
// beyond the limit.
static bool reply_limit(struct rrl *rrl, struct rrl_reply *reply, unsigned class, uint64_t hash,
                        uint64_t now_ns)
{
	struct bucket *bucket = bucket_find(rrl, hash, now_ns);

	if (likely(bucket_take(bucket, rrl->interval_ns[class], rrl->window_ns, now_ns)))
		return false;
	counter_add(&rrl->metric.limited[class], 1);
	reply->slip = rrl->slip && ++bucket->unslipped >= rrl->slip;
	if (reply->slip) {
		bucket->unslipped = 0;
		counter_add(&rrl->metric.slipped, 1);
	} else {
		reply->drop = DROP_DNS_RATE;
	}
	return true;
}

// The hash of a bucket: all replies with the same one share the bucket.
static uint64_t bucket_hash(const struct rrl *rrl, uint64_t network, unsigned class,
                            uint64_t content_id)
{
	return hash_u128(rrl->seed[class], network, content_id);
}

// A reply limited by its own class is not charged to RRL_ALL, which counts replies that are sent.
static void reply_charge(struct rrl *rrl, struct rrl_reply *reply, uint64_t own, uint64_t all,
                         uint64_t now_ns)
{
	if (rrl->interval_ns[reply->kind] && reply_limit(rrl, reply, reply->kind, own, now_ns))
		return;
	if (rrl->interval_ns[RRL_ALL])
		reply_limit(rrl, reply, RRL_ALL, all, now_ns);
}

// Two steps, so that the cache misses of a burst overlap.
static void check_burst(struct rrl *rrl, struct rrl_reply *replies, unsigned n, uint64_t now_ns)
{
	uint64_t own[BURST], all[BURST];

	for (unsigned i = 0; i < n; i++) {
		struct rrl_reply *reply = &replies[i];
		uint64_t network = client_network(rrl, reply->source);

		own[i] = bucket_hash(rrl, network, reply->kind,
		                     reply->kind == DNS_KIND_ERROR ? 0 : reply->content_id);
		all[i] = rrl->interval_ns[RRL_ALL] ? bucket_hash(rrl, network, RRL_ALL, 0) : own[i];
		prefetch(bucket_line(rrl, own[i]));
		prefetch(bucket_line(rrl, all[i]));
	}
	for (unsigned i = 0; i < n; i++) {
		struct rrl_reply *reply = &replies[i];

		reply->slip = false;
		reply->drop = DROP_NONE;
		if (!rrl->exempt || !acl_match(rrl->exempt, reply->source))
			reply_charge(rrl, reply, own[i], all[i], now_ns);
		if (rrl->log_only) {
			reply->slip = false;
			reply->drop = DROP_NONE;
		}
	}
}

void rrl_check(struct rrl *rrl, struct rrl_reply *replies, unsigned n, mono_t now)
{
	for (unsigned done = 0; done < n; done += BURST)
		check_burst(rrl, replies + done, (unsigned)size_min(n - done, BURST),
		            now.us * 1000);
}
