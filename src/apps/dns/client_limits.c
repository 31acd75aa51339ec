// client_limits: see the header. What is not sent by default is what only a flood asks for.
#include "apps/dns/client_limits.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define RATE(kind)   offsetof(struct dns_rate_limit_conf, per_s[kind])
#define MEMBER(name) offsetof(struct dns_rate_limit_conf, name)

#define SECRET_DIGITS (2 * COOKIE_SECRET_BYTES)

static const struct conf_key rate_limit_keys[] = {
        {"enabled", CONF_BOOL, MEMBER(enabled), "true",
         .help = "Whether replies over UDP are limited by the network they go to, so that nobody "
                 "can have this server flood a victim whose address he forges. Replies to clients "
                 "with a good cookie are not. Switch it off, or exempt the client, to measure."},
        {"responses_per_second", CONF_UNSIGNED, RATE(DNS_KIND_POSITIVE), "200", 0, RRL_PER_S_MAX,
         .help = "How many times in a second, on each worker, a network is given the records of "
                 "the same name; of a wildcard, whatever name was asked. 0: without limit, here "
                 "and below. A cache asks far less."},
        {"nodata_per_second", CONF_UNSIGNED, RATE(DNS_KIND_NODATA), "200", 0, RRL_PER_S_MAX,
         .help = "The same for answers that a name has no records of the type."},
        {"referrals_per_second", CONF_UNSIGNED, RATE(DNS_KIND_REFERRAL), "200", 0, RRL_PER_S_MAX,
         .help = "The same for referrals to the name servers of the same delegation."},
        {"nxdomains_per_second", CONF_UNSIGNED, RATE(DNS_KIND_NXDOMAIN), "200", 0, RRL_PER_S_MAX,
         .help = "The same for answers that a name does not exist, of all names of a zone."},
        {"errors_per_second", CONF_UNSIGNED, RATE(DNS_KIND_ERROR), "200", 0, RRL_PER_S_MAX,
         .help = "The same for errors, such as REFUSED and FORMERR, all together."},
        {"all_per_second", CONF_UNSIGNED, RATE(RRL_ALL), "0", 0, RRL_PER_S_MAX,
         .help = "The same for all replies together. It also stops who goes through all names of "
                 "a large zone, but real clients of the network with him."},
        {"window_s", CONF_UNSIGNED, MEMBER(window_s), "15", 0, RRL_WINDOW_S_MAX,
         .help = "For how many seconds a network must stop asking, at most, until it is served "
                 "again: who goes on asking at more than the rate gets nothing. 0: he gets the "
                 "rate."},
        {"slip", CONF_UNSIGNED, MEMBER(slip), "2", 0, 10,
         .help = "Of so many replies beyond the limit one is sent, without records and with TC, so "
                 "that a real client asks again over TCP; the others are dropped. 1: all are "
                 "sent so, 0: none."},
        {"ipv4_prefix", CONF_UNSIGNED, MEMBER(ipv4_prefix), "24", 1, 32,
         .help = "The length of the prefix that makes a network of IPv4."},
        {"ipv6_prefix", CONF_UNSIGNED, MEMBER(ipv6_prefix), "56", 1, 64,
         .help = "The length of the prefix that makes a network of IPv6."},
        {"table_size", CONF_UNSIGNED, MEMBER(table_size), "131072", RRL_TABLE_MIN, RRL_TABLE_MAX,
         .help = "How many networks, times what each asks for, are kept count of at a time, with "
                 "16 bytes each on each worker. Too few limit too little, never too much."},
        {"exempt", CONF_STRINGS, MEMBER(exempt), "", .max = ACL_TEXTS_MAX, .check = acl_check,
         .help = "Prefixes whose clients are not limited, such as 192.0.2.0/24; ! before one takes "
                 "it out of a longer one."},
        {"log_only", CONF_BOOL, MEMBER(log_only), "false",
         .help = "Send everything, and only count what would not have been sent."},
        {0},
};
const struct conf_section client_limits_rate_section = {sizeof(struct dns_rate_limit_conf),
                                                        rate_limit_keys};

static bool check_secret(const char *text, struct why *why)
{
	size_t digits = 0;

	while (isxdigit((unsigned char)text[digits]))
		digits++;
	if (digits == SECRET_DIGITS && text[digits] == '\0')
		return true;
	why_set(why, "is not a secret of %d hexadecimal digits; \"openssl rand -hex %d\" makes one",
	        SECRET_DIGITS, COOKIE_SECRET_BYTES);
	return false;
}

static const struct conf_key cookies_keys[] = {
        {"enabled", CONF_BOOL, offsetof(struct dns_cookies_conf, enabled), "true",
         .help = "Whether clients that send DNS cookies (RFC 7873) get one, and are not limited "
                 "once they have."},
        {"secrets", CONF_STRINGS, offsetof(struct dns_cookies_conf, secrets), "",
         .max = COOKIE_SECRETS_MAX, .check = check_secret,
         .help = "What all servers of an address share (RFC 9018): 32 hexadecimal digits. Cookies "
                 "are made with the first secret and accepted with both: for a change, add the "
                 "new one as second on all servers, then put it first on all, then take the old "
                 "one out an hour later. Empty: a random one, for as long as the server runs."},
        {0},
};
const struct conf_section client_limits_cookies_section = {sizeof(struct dns_cookies_conf),
                                                           cookies_keys};

struct rrl_conf client_limits_rrl(const struct dns_rate_limit_conf *conf, const struct acl *exempt)
{
	struct rrl_conf to = {
	        .window_s = (uint32_t)conf->window_s,
	        .slip = (uint32_t)conf->slip,
	        .ipv4_prefix = (uint8_t)conf->ipv4_prefix,
	        .ipv6_prefix = (uint8_t)conf->ipv6_prefix,
	        .table_size = (uint32_t)conf->table_size,
	        .log_only = conf->log_only,
	        .exempt = exempt,
	};

	for (unsigned i = 0; i < RRL_CLASSES; i++)
		to.per_s[i] = (uint32_t)conf->per_s[i];
	return to;
}

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

struct cookie_secrets client_limits_cookies(const struct dns_cookies_conf *conf,
                                            const uint8_t own[COOKIE_SECRET_BYTES])
{
	const char *const *texts = conf->secrets.items;
	struct cookie_secrets secrets = {.len = 0};

	if (!conf->enabled)
		return secrets;
	for (; secrets.len < conf->secrets.len; secrets.len++) {
		const char *text = texts[secrets.len];

		for (unsigned i = 0; i < COOKIE_SECRET_BYTES; i++)
			secrets.secret[secrets.len][i] =
			        (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	}
	if (secrets.len == 0)
		memcpy(secrets.secret[secrets.len++], own, COOKIE_SECRET_BYTES);
	return secrets;
}

struct acl *client_limits_acl(const struct conf_list *texts, const char *key, struct why *why)
{
	struct why sentence;
	struct acl *acl = acl_new(texts->items, texts->len, &sentence);

	if (!acl)
		why_set(why, "%s: %s", key, sentence.text);
	return acl;
}
