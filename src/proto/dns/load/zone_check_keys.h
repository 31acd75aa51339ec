// zone_check_keys: the keys at the origin: key tags, and whether what CDS and CDNSKEY ask the
// parent to publish (RFC 7344, RFC 8078) fits the keys that there are. Signatures are checked by
// zone_check_sigs.h.
#ifndef DNS_ZONE_CHECK_KEYS_H
#define DNS_ZONE_CHECK_KEYS_H

#include "proto/dns/load/zone_records.h"

// Of sets with more than 64 records nothing is reported but key tags among the first 64.
void zone_check_keys(const struct zone_records *records, struct zone_reporter *reporter);

// The tag of a DNSKEY's data (RFC 4034 appendix B; B.1 is for RSA/MD5, which is obsolete).
uint16_t zone_check_keys_tag(const uint8_t *rdata, size_t len) PURE;

#endif
