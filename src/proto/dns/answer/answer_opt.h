// answer_opt: the OPT record of a reply and the options in it (RFC 6891): who we
// are, cookies, what went wrong. Private to answer*.c.
#ifndef DNS_ANSWER_OPT_H
#define DNS_ANSWER_OPT_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/answer_write.h"
#include "proto/dns/wire/dns_query.h"

// Extended errors that are told (RFC 8914 section 4).
enum dns_ede {
	DNS_EDE_NONE = UINT16_MAX,
	DNS_EDE_NOT_READY = 14,
	DNS_EDE_PROHIBITED = 18,
	DNS_EDE_NOT_AUTHORITATIVE = 20,
	DNS_EDE_NOT_SUPPORTED = 21,
};

// The option that a reply takes back to the client, made before the reply is
// written over the query.
struct dns_reply_cookie {
	enum cookie_verdict verdict;
	uint8_t len; // 0: none goes back; or COOKIE_BYTES
	uint8_t bytes[COOKIE_BYTES];
};

// Judges the query's cookie and makes the reply's.
void reply_cookie_make(struct dns_reply_cookie *cookie, const struct dns_server *server,
                       const struct dns_query *query, const uint8_t *source);

static inline size_t dns_option_bytes(size_t len)
{
	return len ? sizeof(struct dns_option) + len : 0;
}

// Bytes that the OPT record takes, the extended error not included: that is left
// out when there is no room for it. 0 without EDNS.
static inline size_t reply_opt_bytes(const struct dns_policy *policy, const struct dns_query *query,
                                     const struct dns_reply_cookie *cookie)
{
	if (!query->edns)
		return 0;
	return sizeof(struct dns_opt) + dns_option_bytes(query->nsid ? policy->nsid_len : 0) +
	       dns_option_bytes(cookie->len);
}

// Appends the options to the OPT record that ends the reply.
void reply_options(struct dns_reply *reply, const struct dns_policy *policy,
                   const struct dns_query *query, const struct dns_reply_cookie *cookie,
                   enum dns_ede ede, size_t room);

// Appends the OPT record behind everything else; `room` is where the reply ends at
// most. rcode's upper bits go there.
static inline void reply_opt(struct dns_reply *reply, const struct dns_policy *policy,
                             const struct dns_query *query, const struct dns_reply_cookie *cookie,
                             unsigned rcode, enum dns_ede ede, size_t room)
{
	if (!query->edns)
		return;
	*(struct dns_opt *)(reply->msg + reply->len) = (struct dns_opt){
	        .type = be16(DNS_TYPE_OPT),
	        .udp_size = be16(policy->udp_size),
	        .rcode = (uint8_t)(rcode >> 4),
	        .flags = be16(query->dnssec_ok ? DNS_OPT_DO : 0),
	};
	reply->len = (uint16_t)(reply->len + sizeof(struct dns_opt));
	reply->count[DNS_ADDITIONAL]++;
	if (query->nsid || cookie->len || ede != DNS_EDE_NONE)
		reply_options(reply, policy, query, cookie, ede, room);
}

#endif
