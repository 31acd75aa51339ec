// dns_rcode: the response codes that the server sends (RFC 1035 section 4.1.1, RFC 6895
// section 2.3), and the names of all codes.
#ifndef DNS_RCODE_H
#define DNS_RCODE_H

#include "core/base.h"

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_YXDOMAIN = 6,
	DNS_NOTAUTH = 9,
	DNS_BADVERS = 16, // the upper eight bits are in the OPT record
};

#define DNS_RCODE_TEXT_BYTES 16

// Writes the name of a code ("NXDOMAIN", "BADVERS"), or "RCODE" and its number, to text;
// returns text. rcode is the extended one (RFC 6891 section 6.1.3).
char *dns_rcode_text(uint16_t rcode, char text[DNS_RCODE_TEXT_BYTES]);

#endif
