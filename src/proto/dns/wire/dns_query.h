// dns_query: parses and checks a query from the wire, which is hostile until then. The
// message is not modified; answer.c makes the reply.
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_wire.h"

// Options that a client asks for by sending them.
enum dns_query_wants {
	DNS_QUERY_WANTS_NSID = 1 << 0,      // the server's identifier (RFC 5001)
	DNS_QUERY_WANTS_KEEPALIVE = 1 << 1, // how long a TCP connection may be idle (RFC 7828)
	DNS_QUERY_WANTS_PADDING = 1 << 2,   // a reply whose length reveals little (RFC 7830)
};

// A parsed query. Pointers point into the message.
struct dns_query {
	uint16_t qtype, qclass;
	uint16_t question_len; // bytes of qname, qtype and qclass; 0: the reply has no question
	uint16_t name_len;     // bytes of the qname
	bool edns;
	uint8_t edns_version;
	bool dnssec_ok;
	uint8_t wants;     // enum dns_query_wants
	uint16_t udp_size; // maximum size of a UDP response that the client advertises, in bytes
	uint16_t cookie_len;
	const uint8_t *cookie; // data of the cookie option; NULL: none
	const uint8_t *tsig;   // a valid TSIG record; NULL: none
};

// Parses a message that has passed dns_hdr_check. A valid query has one question with an
// uncompressed name, and up to one OPT record. Bytes after the last record are ignored, as
// NSD and BIND do. Returns the rcode of the reply: NOERROR, FORMERR, NOTIMP, BADVERS, or
// NOTAUTH for a TSIG record, since the server has no keys (RFC 8945 section 5.2).
// question_len is 0 if there is no valid question. After FORMERR only the fields of a valid
// OPT record are set (RFC 6891 section 7). A query without a question but with a cookie is
// NOERROR (RFC 7873 section 5.4).
enum dns_rcode dns_query_parse(struct dns_query *query, const uint8_t *msg, size_t len) MUST_CHECK;

// For logs: the data of the first option with the code in a query's OPT record, which point into
// the message, whether the rest of the query is valid or not. False when there is none before the
// first record that is malformed.
bool dns_query_option(const uint8_t *msg, size_t len, uint16_t code, struct span *data) MUST_CHECK;

#endif
