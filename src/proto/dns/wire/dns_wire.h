// dns_wire: the fixed parts of a DNS message (RFC 1035 section 4.1, RFC 6891): overlays,
// flags, limits. dns_query.h parses and checks a query; answer/ makes replies.
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "core/be.h"
#include "core/drop.h"
#include "proto/dns/wire/dns_class.h"
#include "proto/dns/wire/dns_rcode.h"
#include "proto/dns/wire/dns_type.h"

struct dns_hdr {
	be16_t id;
	be16_t flags;
	be16_t qdcount, ancount, nscount, arcount;
} OVERLAY;
OVERLAY_SIZE(struct dns_hdr, 12, arcount, 10);

#define DNS_HDR_BYTES 12

#define DNS_MSG_MAX_BYTES UINT16_MAX // RFC 1035 section 4.2.2: a length of two bytes

#define DNS_FLAG_QR       0x8000
#define DNS_FLAG_OPCODE   0x7800
#define DNS_OPCODE_NOTIFY 0x2000 // in its place (RFC 1996)
#define DNS_FLAG_AA       0x0400
#define DNS_FLAG_TC       0x0200
#define DNS_FLAG_RD       0x0100
#define DNS_FLAG_RA       0x0080
#define DNS_FLAG_AD       0x0020
#define DNS_FLAG_CD       0x0010
#define DNS_FLAG_RCODE    0x000f

// The sections of records, in their order on the wire.
enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS,
};

// The part of a record between its owner and its data.
struct dns_rr_hdr {
	be16_t type, rr_class;
	be32_t ttl;
	be16_t rdlen;
} OVERLAY;
OVERLAY_SIZE(struct dns_rr_hdr, 10, rdlen, 8);

// Bytes before the data of a record whose owner is a compression pointer.
#define RR_HEAD_BYTES (sizeof(be16_t) + sizeof(struct dns_rr_hdr))

// An OPT record without options.
struct dns_opt {
	uint8_t root;
	be16_t type;
	be16_t udp_size;
	uint8_t rcode; // the upper eight bits
	uint8_t version;
	be16_t flags;
	be16_t rdlen;
} OVERLAY;
OVERLAY_SIZE(struct dns_opt, 11, rdlen, 9);

#define DNS_OPT_DO 0x8000

#define DNS_PTR          0xc000 // the two upper bits of a compression pointer
#define DNS_PTR_MAX      0x3fff
#define DNS_UDP_MIN_SIZE 512  // every client accepts this (RFC 1035 section 4.2.1)
#define DNS_UDP_OUR_SIZE 1232 // fits an IPv6 packet on any link without fragments

// An EDNS option without its data (RFC 6891 section 6.1.2).
struct dns_option {
	be16_t code, len;
} OVERLAY;
OVERLAY_SIZE(struct dns_option, 4, len, 2);

enum dns_option_code {
	DNS_OPTION_NSID = 3,
	DNS_OPTION_ECS = 8,
	DNS_OPTION_COOKIE = 10,
	DNS_OPTION_KEEPALIVE = 11,
	DNS_OPTION_PADDING = 12,
	DNS_OPTION_EDE = 15,
};

// Bytes of a TSIG record's data after the algorithm's name: Time Signed, Fudge (RFC 8945
// section 4.2).
#define DNS_TSIG_TIMES_BYTES 8

// Returns DROP_NONE when the message has a whole header and is not a response itself;
// otherwise why no reply may be sent.
static inline enum drop dns_hdr_check(const uint8_t *msg, size_t len)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)msg;

	if (len < sizeof(*hdr))
		return DROP_DNS_SHORT;
	// Answering a response could start a loop between two servers.
	if (be16_get(hdr->flags) & DNS_FLAG_QR)
		return DROP_DNS_RESPONSE;
	return DROP_NONE;
}

#endif
