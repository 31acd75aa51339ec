// zone_proof: sorts the names that own NSEC or NSEC3 records, and stores with each node
// which of them prove what does not exist there, so that a query needs at most one search.
#ifndef DNS_ZONE_PROOF_H
#define DNS_ZONE_PROOF_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Maximum size in bytes of the sorted arrays and the proofs of all names.
size_t zone_proof_bytes_max(const struct zone_records *records);

// Writes the sorted arrays at *p and advances it past them, and writes each node's proof
// before the node. places[i] is the offset of the node of name i. Returns 0, -ENOMEM, or
// -ECANCELED when the load was cancelled.
int zone_proof_write(struct zone_image *image, uint8_t **p, const struct zone_records *records,
                     const uint32_t *places, zone_stopped_fn *stopped) MUST_CHECK;

#endif
