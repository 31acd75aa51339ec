// zone_image_verify: checks that an image from a file is safe to answer from. A checksum
// detects accidental damage; this check detects a file made by an attacker. Private to
// zone*.c.
#ifndef DNS_ZONE_IMAGE_VERIFY_H
#define DNS_ZONE_IMAGE_VERIFY_H

#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Maximum number of consecutive buckets with overflow. With a random hash key there are a
// few; a longer run was made on purpose to slow down searches.
#define ZONE_RUN_MAX 256

// Checks everything that answering relies on: with an image that passes, no query accesses
// memory outside it, fails an assertion or takes a long search. It does not check that the
// content matches a zone file. `image` has `bytes` bytes and is aligned to a cache line.
// Returns 0; -EINVAL with what is wrong in *why ("a node is truncated"), or soon after
// `stopped` (NULL: never) becomes true; or -ENOMEM.
int zone_image_verify(const struct zone_image *image, size_t bytes, zone_stopped_fn *stopped,
                      const char **why) MUST_CHECK;

#endif
