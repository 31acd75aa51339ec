// zone_proof: orders the names that own NSEC or NSEC3 records, and notes at each name which
// of them prove what does not exist, so that a query needs one search at most.
#ifndef DNS_ZONE_PROOF_H
#define DNS_ZONE_PROOF_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Maximum size in bytes of the order and the proofs of all names.
size_t zone_proof_bytes_max(const struct zone_records *records);

// Writes the order of the denials at *p, which goes behind it, and the proofs before the
// nodes, whose places are known by name. 0; -ENOMEM, or -ECANCELED when it is stopped.
int zone_proof_write(struct zone_image *image, uint8_t **p, const struct zone_records *records,
                     const uint32_t *places, zone_stopped_fn *stopped) MUST_CHECK;

#endif
