// zone_image_verify: whether bytes from a file are an image that can be asked: a checksum
// tells of damage, this of what somebody made up. Private to zone*.c.
#ifndef DNS_ZONE_IMAGE_VERIFY_H
#define DNS_ZONE_IMAGE_VERIFY_H

#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Buckets in a row that names passed over. Names of a fair key pass over a few; what is
// more was made up to make searches long.
#define ZONE_RUN_MAX 256

// Checks all that answers rely on: with an image that passes, no query reads or writes
// beside it, fails an assertion or searches for long. Whether it says what its zone
// says is another matter. `image` has `bytes` bytes and begins at a cache line.
// 0; -EINVAL with what is wrong in *why ("a name is cut off"), or when it is stopped
// (NULL: never); -ENOMEM.
int zone_image_verify(const struct zone_image *image, size_t bytes, zone_stopped_fn *stopped,
                      const char **why) MUST_CHECK;

#endif
