// secret: memory that core dumps leave out and that is wiped when it is freed, for what an
// operator would not send to others with a report of a crash: the configuration with its
// secrets, and keys that are made from it.
#ifndef CORE_HOST_SECRET_H
#define CORE_HOST_SECRET_H

#include "core/base.h"

// Zeroed memory in whole pages, aligned for a cache line; NULL without memory. secret_free
// takes NULL, too.
void *secret_alloc(size_t bytes) MUST_CHECK;
void secret_free(void *secret);

// From the first call on, JSON values leave nothing of their text on the heap when they are
// freed: a configuration is read through them. For the control thread, before any other
// thread uses JSON.
void secret_json(void);

#endif
