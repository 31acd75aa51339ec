// http_target: the target of a request in its four forms (RFC 9112 section 3.2), and the host
// that a request names.
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "core/span.h"
#include "proto/http/http_method.h"

enum http_target_form {
	HTTP_TARGET_ORIGIN,    // "/path?query"
	HTTP_TARGET_ABSOLUTE,  // "http://host/path?query", as sent to proxies
	HTTP_TARGET_AUTHORITY, // "host:port", of CONNECT
	HTTP_TARGET_ASTERISK,  // "*", of OPTIONS: the server as a whole
};

// The parts lie in the target. Each octet is allowed where it stands, "%" is followed by two hex
// digits; nothing is decoded.
struct http_target {
	enum http_target_form form;
	bool has_query;
	bool https;        // the scheme of an absolute target
	struct span host;  // of an absolute target or of CONNECT, with its port; otherwise empty
	struct span path;  // begins with "/"; empty if a target has none
	struct span query; // without its "?"
};

// False if the text is no target, or of a form that the method does not have.
bool http_target_parse(struct http_target *target, struct span text,
                       enum http_method method) MUST_CHECK;

// Whether the text is `uri-host [ ":" port ]` (RFC 9110 section 7.2): a name, an IPv4 address, or
// an IPv6 address in brackets. An empty host is one.
bool http_target_is_host(struct span text) PURE;

// The host without its port; the text is one of which http_target_is_host holds.
struct span http_target_name(struct span host) PURE;

#endif
