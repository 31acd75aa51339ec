// answer_opt: the OPT record of a reply (RFC 6891) with its options: NSID, cookie, extended
// error, keepalive. The query's OPT record is parsed by dns_query.c. Private to answer*.c.
#ifndef DNS_ANSWER_OPT_H
#define DNS_ANSWER_OPT_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/reply.h"
#include "proto/dns/wire/dns_query.h"

// Extended errors that the server sends (RFC 8914 section 4).
enum dns_ede {
	DNS_EDE_NONE = UINT16_MAX,
	DNS_EDE_NOT_READY = 14,
	DNS_EDE_PROHIBITED = 18,
	DNS_EDE_NOT_AUTHORITATIVE = 20,
	DNS_EDE_NOT_SUPPORTED = 21,
};

// The cookie option of the reply. It is built before the reply overwrites the query that
// holds the client's cookie.
struct dns_reply_cookie {
	enum cookie_verdict verdict;
	uint8_t len; // COOKIE_BYTES, or 0: the reply has no cookie
	uint8_t bytes[COOKIE_BYTES];
};

// Checks the cookie of the query against the client's address, and builds that of the reply.
// source: see struct dns_request.
void answer_opt_cookie(struct dns_reply_cookie *cookie, const struct dns_server *server,
                       const struct dns_query *query, const uint8_t *source);

// Bytes of an option with `len` bytes of data; 0 when there is no data.
static inline size_t dns_option_bytes(size_t len)
{
	return len ? sizeof(struct dns_option) + len : 0;
}

// Bytes of the options that the client asks for.
static inline size_t answer_opt_wanted_bytes(const struct dns_server *server,
                                             const struct dns_query *query)
{
	bool nsid = query->wants & DNS_QUERY_WANTS_NSID;
	bool keepalive = (query->wants & DNS_QUERY_WANTS_KEEPALIVE) && server->tcp_idle_ds;

	return dns_option_bytes(nsid ? server->policy->nsid_len : 0) +
	       dns_option_bytes(keepalive ? sizeof(be16_t) : 0);
}

// Bytes to reserve for the OPT record; 0 when the query has no EDNS. The extended error is
// not included: it is omitted when there is no room for it.
static inline size_t answer_opt_bytes(const struct dns_server *server,
                                      const struct dns_query *query,
                                      const struct dns_reply_cookie *cookie)
{
	if (!query->edns)
		return 0;
	return sizeof(struct dns_opt) +
	       (unlikely(query->wants) ? answer_opt_wanted_bytes(server, query) : 0) +
	       dns_option_bytes(cookie->len);
}

// Append options to the OPT record, which ends the reply: those that the client asks for, and those
// of the server's. Called by answer_opt_write only.
void answer_opt_wanted(struct dns_reply *reply, struct dns_opt *opt,
                       const struct dns_server *server, const struct dns_query *query);
void answer_opt_options(struct dns_reply *reply, struct dns_opt *opt,
                        const struct dns_reply_cookie *cookie, enum dns_ede ede, size_t room);

// Appends padding to the OPT record, which begins at `opt_at` and ends the reply: as much as makes
// a multiple of `block` of it together with the TSIG record of `tsig_len` that follows, as far as
// `size` allows.
void answer_opt_pad(struct dns_reply *reply, size_t opt_at, unsigned block, size_t tsig_len,
                    size_t size);

// Appends the OPT record, with the upper bits of rcode, if the query has EDNS. All other
// records but TSIG are written. The caller has reserved answer_opt_bytes; `room` is the
// maximum length of the reply after this call.
static inline void answer_opt_write(struct dns_reply *reply, const struct dns_server *server,
                                    const struct dns_query *query,
                                    const struct dns_reply_cookie *cookie, unsigned rcode,
                                    enum dns_ede ede, size_t room)
{
	struct dns_opt *opt = (struct dns_opt *)(reply->msg + reply->len);

	if (!query->edns)
		return;
	*opt = (struct dns_opt){
	        .type = be16(DNS_TYPE_OPT),
	        .udp_size = be16(server->policy->udp_size),
	        .rcode = (uint8_t)(rcode >> 4),
	        .flags = be16(query->dnssec_ok ? DNS_OPT_DO : 0),
	};
	reply->len = (uint16_t)(reply->len + sizeof(struct dns_opt));
	reply->count[DNS_ADDITIONAL]++;
	if (unlikely(query->wants))
		answer_opt_wanted(reply, opt, server, query);
	if (cookie->len || ede != DNS_EDE_NONE)
		answer_opt_options(reply, opt, cookie, ede, room);
}

#endif
