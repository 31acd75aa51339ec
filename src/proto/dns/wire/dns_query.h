// dns_query: the one check of a query as it came from the wire. Nothing in it is trusted,
// and nothing is written; the reply is made by answer.c.
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_wire.h"

// A query as far as it was understood.
struct dns_query {
	uint16_t qtype, qclass;
	uint16_t question_len; // of name, type and class; 0: nothing to echo
	uint16_t name_len;
	bool edns;
	uint8_t edns_version;
	bool dnssec_ok;
	bool nsid;         // asked for (RFC 5001)
	uint16_t udp_size; // what the client says that it takes
	uint16_t cookie_len;
	const uint8_t *cookie; // the option's data, in the message; NULL: there is none
	const uint8_t *tsig;   // the record, in the message, sound; NULL: there is none
};

// Parses a message that has passed dns_hdr_check: one question with an
// uncompressed name, at most one OPT record. Bytes behind the last record are
// ignored, as NSD and BIND do. The result is the rcode to answer with
// (NOERROR, FORMERR, NOTIMP, BADVERS; NOTAUTH for a TSIG, RFC 8945 section
// 5.2, since no key is known); question_len is 0 unless the question is sound, and
// after FORMERR nothing is left but a sound OPT record (RFC 6891 section 7). A
// query without a question is NOERROR when it has a cookie (RFC 7873 section 5.4).
enum dns_rcode dns_query_parse(struct dns_query *query, const uint8_t *msg, size_t len) MUST_CHECK;

#endif
