// query: queries that are ready to be sent, one after the other in memory: the message
// with the identifier 0, its sum for the checksum, and what an answer has to be. Built by
// query_text.h and others before workers run, then only read, by all of them.
#ifndef BENCH_QUERY_H
#define BENCH_QUERY_H

#include "core/why.h"
#include "proto/bench/query_want.h"
#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/tcpip/cksum.h"

// Letters of a random first label, each one of 16: four thousand million names.
#define QUERY_RANDOM_BYTES 8

// Of a query: what is asked, and how.
struct query_form {
	struct dns_name name;
	uint16_t type;
	struct query_want want;
	uint16_t udp_bytes; // of EDNS; 0: without EDNS
	bool dnssec_ok;
	bool recursion;    // RD
	bool random_label; // each query has another label before the name
};

struct query {
	uint64_t sum;          // of msg: cksum_add
	uint16_t len;          // of msg
	uint16_t question_len; // bytes of the question, behind the header
	uint16_t rcode;        // that an answer must have, or QUERY_ANY_RCODE
	bool random_label;     // the first label is QUERY_RANDOM_BYTES of letters
	bool wants_more;       // than the code: a struct query_want is behind the message
	bool echo;             // is no DNS: has to come back as it is
	uint8_t msg[];
};

struct query_set {
	uint8_t *bytes;
	size_t bytes_len, bytes_size;
	uint32_t *at; // of each query in bytes, divided by QUERY_ALIGN
	size_t len, size;
	// When each was captured, in microseconds after the first one, in no other order than
	// theirs; NULL: they have no times.
	uint64_t *at_us;
	size_t at_us_size;
};

#define QUERY_ALIGN 8

// The set is all zeros at first; query_set_close frees it in any case. 0, -ENOMEM, -EINVAL for
// a name that is too long with its random label, or -E2BIG when the set is full.
int query_set_add(struct query_set *set, const struct query_form *form) MUST_CHECK;

// Adds a query as it is, but with the identifier 0 and any response code, with its time; a set
// holds only such queries or none. As query_set_add, but -EINVAL for what is no query with one
// question, or longer than QUERY_MESSAGE_MAX.
#define QUERY_MESSAGE_MAX 1232
int query_set_add_message(struct query_set *set, const uint8_t *msg, size_t len,
                          uint64_t at_us) MUST_CHECK;

// Adds a datagram of len bytes that has to come back as it is, identifier included. -EINVAL:
// fewer than QUERY_ECHO_MIN or more than QUERY_ECHO_MAX.
#define QUERY_ECHO_MIN 12
#define QUERY_ECHO_MAX 1472
int query_set_add_echo(struct query_set *set, size_t len) MUST_CHECK;

void query_set_close(struct query_set *set);

static inline const struct query *query_set_get(const struct query_set *set, uint32_t i)
{
	return (const struct query *)(set->bytes + (size_t)set->at[i] * QUERY_ALIGN);
}

// What is wanted of its answers.
struct query_want query_want_of(const struct query *query) PURE;

// Writes the message with this identifier, and with the label that belongs to the nonce. Returns
// its sum. `to` has room for query->len bytes.
uint64_t query_write(const struct query *query, uint16_t id, uint32_t nonce, uint8_t *to);

// What is wrong with an answer.
enum query_verdict {
	QUERY_RIGHT,
	QUERY_BROKEN,     // too short, not a response, or not a single question
	QUERY_OTHER,      // an answer to another question
	QUERY_UNEXPECTED, // the right question, another response code or other records than wanted
};

// Judges a response to the query that was written with this nonce; its identifier is the
// caller's to match. Names in questions may differ in case (RFC 4343).
enum query_verdict query_judge(const struct query *query, uint32_t nonce, const uint8_t *msg,
                               size_t len) PURE;

#endif
