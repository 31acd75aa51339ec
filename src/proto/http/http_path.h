// http_path: a request's path as the name of a resource: decoded, without dot segments (RFC 3986
// sections 2.1, 5.2.4). What could be a second way to a resource, or out of a directory, is
// refused.
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include "core/span.h"

#define HTTP_PATH_MAX_BYTES 1024

// Decodes a path of http_target, or an empty one, which is "/", into `out`, without a NUL. Refused
// are an encoded "/" or NUL, a path above the root, one that does not fit. "//" is kept: it is
// another path than "/".
bool http_path_decode(struct span path, struct fill *out) MUST_CHECK;

#endif
