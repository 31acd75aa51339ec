// dns_wire: the fixed parts of a DNS message (RFC 1035 section 4.1, RFC 6891). The check
// of a whole query is dns_query.h; what a reply says is decided in answer.c.
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

#define DNS_FLAG_QR     0x8000
#define DNS_FLAG_OPCODE 0x7800
#define DNS_FLAG_AA     0x0400
#define DNS_FLAG_TC     0x0200
#define DNS_FLAG_RD     0x0100
#define DNS_FLAG_RA     0x0080
#define DNS_FLAG_AD     0x0020
#define DNS_FLAG_CD     0x0010
#define DNS_FLAG_RCODE  0x000f

// Of records; their order on the wire.
enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS,
};

// What stands between the owner and the data of a record.
struct dns_rr_hdr {
	be16_t type, rr_class;
	be32_t ttl;
	be16_t rdlen;
} OVERLAY;
OVERLAY_SIZE(struct dns_rr_hdr, 10, rdlen, 8);

// A record's bytes before its data when its owner is a pointer.
#define RR_HEAD_BYTES (sizeof(be16_t) + sizeof(struct dns_rr_hdr))

// An OPT record without options.
struct dns_opt {
	uint8_t root;
	be16_t type;
	be16_t udp_size;
	uint8_t rcode; // the upper bits
	uint8_t version;
	be16_t flags;
	be16_t rdlen;
} OVERLAY;
OVERLAY_SIZE(struct dns_opt, 11, rdlen, 9);

#define DNS_OPT_DO 0x8000

#define DNS_PTR          0xc000 // the two upper bits of a compression pointer
#define DNS_PTR_MAX      0x3fff
#define DNS_UDP_MIN_SIZE 512  // what everybody can take
#define DNS_UDP_OUR_SIZE 1232 // what fits one IPv6 packet on any link

// An EDNS option without its data (RFC 6891 section 6.1.2).
struct dns_option {
	be16_t code, len;
} OVERLAY;
OVERLAY_SIZE(struct dns_option, 4, len, 2);

enum dns_option_code {
	DNS_OPTION_NSID = 3,
	DNS_OPTION_COOKIE = 10,
	DNS_OPTION_EDE = 15,
};

// What stands in a TSIG record's data behind the algorithm's name: the time and how
// far it may be off (RFC 8945 section 4.2).
#define DNS_TSIG_TIMES_BYTES 8

// Whether the message has a header and is not itself a response: DROP_NONE, or
// why no reply may be sent.
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
