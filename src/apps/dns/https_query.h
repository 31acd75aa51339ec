// https_query: what of DNS over HTTPS (RFC 8484) is text: the parameter of GET, the type of POST,
// and for how long an answer may be cached. Pure.
#ifndef APPS_DNS_HTTPS_QUERY_H
#define APPS_DNS_HTTPS_QUERY_H

#include "core/span.h"

#define HTTPS_QUERY_TYPE "application/dns-message"

// Writes the message of the parameter "dns" of a target's query (section 4.1.1), in base64url
// without padding (RFC 4648 section 5). False: there is none, or two, or it is malformed, or does
// not fit.
bool https_query_get(struct span query, struct fill *message) MUST_CHECK;

// Whether the value of Content-Type is that of a message, maybe with parameters.
bool https_query_is_type(struct span type) PURE;

// Seconds for which the response may be kept (section 5.1): the smallest TTL of its answer section,
// of its authority section when that is empty; 0 when it has neither, or is malformed.
uint32_t https_query_max_age(struct span response) PURE;

#endif
