// answer_opt: see the header. Room for the OPT record is reserved before the answer is
// written. The extended error is known only afterwards; it is sent if there is room left.
#include "proto/dns/answer/answer_opt.h"

void answer_opt_cookie(struct dns_reply_cookie *cookie, const struct dns_server *server,
                       const struct dns_query *query, const uint8_t *source)
{
	const struct cookie_secrets *secrets = &server->policy->cookies;

	cookie->len = 0;
	cookie->verdict =
	        cookie_check(secrets, query->cookie, query->cookie_len, source, server->now_s);
	switch (cookie->verdict) {
	case COOKIE_NONE:
	case COOKIE_MALFORMED:
		return;
	case COOKIE_GOOD:
		cookie->len = COOKIE_BYTES;
		memcpy(cookie->bytes, query->cookie, COOKIE_BYTES);
		return;
	case COOKIE_CLIENT_ONLY:
	case COOKIE_BAD:
	case COOKIE_GOOD_RENEW:
		cookie->len = COOKIE_BYTES;
		cookie_build(secrets, query->cookie, source, server->now_s, cookie->bytes);
	}
}

static void put_option(struct dns_reply *reply, enum dns_option_code code, const void *data,
                       size_t len)
{
	uint8_t *to = reply->msg + reply->len;

	if (len == 0)
		return;
	*(struct dns_option *)to = (struct dns_option){be16((uint16_t)code), be16((uint16_t)len)};
	memcpy(to + sizeof(struct dns_option), data, len);
	reply->len = (uint16_t)(reply->len + dns_option_bytes(len));
}

static void set_length(const struct dns_reply *reply, struct dns_opt *opt)
{
	opt->rdlen = be16((uint16_t)(reply->msg + reply->len - (const uint8_t *)(opt + 1)));
}

void answer_opt_wanted(struct dns_reply *reply, struct dns_opt *opt,
                       const struct dns_server *server, const struct dns_query *query)
{
	be16_t idle_ds = be16(server->tcp_idle_ds);

	if (query->wants & DNS_QUERY_WANTS_NSID)
		put_option(reply, DNS_OPTION_NSID, server->policy->nsid, server->policy->nsid_len);
	if ((query->wants & DNS_QUERY_WANTS_KEEPALIVE) && server->tcp_idle_ds)
		put_option(reply, DNS_OPTION_KEEPALIVE, &idle_ds, sizeof(idle_ds));
	set_length(reply, opt);
}

void answer_opt_pad(struct dns_reply *reply, size_t opt_at, unsigned block, size_t tsig_len,
                    size_t size)
{
	size_t len = reply->len + sizeof(struct dns_option), most = size - tsig_len;
	size_t pad = block - 1 - (len + tsig_len + block - 1) % block;

	if (len + pad > most)
		reply->cut = true;
	if (len > most)
		return;
	pad = size_min(pad, most - len);
	*(struct dns_option *)(reply->msg + reply->len) =
	        (struct dns_option){be16(DNS_OPTION_PADDING), be16((uint16_t)pad)};
	memset(reply->msg + len, 0, pad);
	reply->len = (uint16_t)(len + pad);
	set_length(reply, (struct dns_opt *)(reply->msg + opt_at));
}

void answer_opt_options(struct dns_reply *reply, struct dns_opt *opt,
                        const struct dns_reply_cookie *cookie, enum dns_ede ede, size_t room)
{
	be16_t info = be16((uint16_t)ede);

	put_option(reply, DNS_OPTION_COOKIE, cookie->bytes, cookie->len);
	if (ede != DNS_EDE_NONE && dns_option_bytes(sizeof(info)) <= room - reply->len)
		put_option(reply, DNS_OPTION_EDE, &info, sizeof(info));
	else if (ede != DNS_EDE_NONE)
		reply->cut = true;
	set_length(reply, opt);
}
