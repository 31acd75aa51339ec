// client_limits: see the header. The defaults limit only what a flood of queries causes.
#include "apps/dns/client_limits.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define RATE(kind)   offsetof(struct dns_rate_limit_conf, per_s[kind])
#define MEMBER(name) offsetof(struct dns_rate_limit_conf, name)

#define SECRET_DIGITS (2 * COOKIE_SECRET_BYTES)

static const struct conf_key rate_limit_keys[] = {
        {"enabled", CONF_BOOL, MEMBER(enabled), "true",
         .help = "Whether to limit the rate of UDP responses to each client network, so that an "
                 "attacker who forges source addresses cannot use this server to flood a victim. "
                 "Responses to clients with a valid cookie are not limited. For a benchmark, "
                 "disable this or list the client under exempt."},
        {"responses_per_second", CONF_UNSIGNED, RATE(DNS_KIND_POSITIVE), "200", 0, RRL_PER_S_MAX,
         .help = "Maximum number of responses per second, on each worker, that carry records of "
                 "one name to one network; names that match one wildcard count as one name. 0 "
                 "means no limit, here and below. Resolvers query far less often."},
        {"nodata_per_second", CONF_UNSIGNED, RATE(DNS_KIND_NODATA), "200", 0, RRL_PER_S_MAX,
         .help = "As responses_per_second, for NODATA responses: the name has no records of the "
                 "type."},
        {"referrals_per_second", CONF_UNSIGNED, RATE(DNS_KIND_REFERRAL), "200", 0, RRL_PER_S_MAX,
         .help = "As responses_per_second, for referrals to the name servers of one delegation."},
        {"nxdomains_per_second", CONF_UNSIGNED, RATE(DNS_KIND_NXDOMAIN), "200", 0, RRL_PER_S_MAX,
         .help = "As responses_per_second, for NXDOMAIN responses; all names of a zone count "
                 "together."},
        {"errors_per_second", CONF_UNSIGNED, RATE(DNS_KIND_ERROR), "200", 0, RRL_PER_S_MAX,
         .help = "As responses_per_second, for errors such as REFUSED and FORMERR, counted "
                 "together."},
        {"all_per_second", CONF_UNSIGNED, RATE(RRL_ALL), "0", 0, RRL_PER_S_MAX,
         .help = "As responses_per_second, for all responses together. This also limits a client "
                 "that queries every name of a large zone, but with it all other clients of its "
                 "network."},
        {"window_s", CONF_UNSIGNED, MEMBER(window_s), "15", 0, RRL_WINDOW_S_MAX,
         .help = "Maximum number of seconds that a network must stop querying before it is "
                 "answered again; while it continues above the rate, it gets no responses. With 0 "
                 "it continues to get responses at the rate."},
        {"slip", CONF_UNSIGNED, MEMBER(slip), "2", 0, 10,
         .help = "Every n-th response above the limit is sent truncated (TC, no records), so that "
                 "a real client retries over TCP; the others are dropped. 1 truncates all of them, "
                 "0 drops all of them, as does dns.tcp.enabled false."},
        {"ipv4_prefix", CONF_UNSIGNED, MEMBER(ipv4_prefix), "24", 1, 32,
         .help = "Prefix length of an IPv4 network: clients with the same prefix share their "
                 "limits."},
        {"ipv6_prefix", CONF_UNSIGNED, MEMBER(ipv6_prefix), "56", 1, 64,
         .help = "Prefix length of an IPv6 network: clients with the same prefix share their "
                 "limits."},
        {"table_size", CONF_UNSIGNED, MEMBER(table_size), "131072", RRL_TABLE_MIN, RRL_TABLE_MAX,
         .help = "Number of rate counters on each worker, 16 bytes each; one for each pair of a "
                 "network and a name that it queries. When there are too few, some floods are not "
                 "limited; no real client is limited by it."},
        {"exempt", CONF_STRINGS, MEMBER(exempt), "", .max = ACL_TEXTS_MAX, .check = acl_check,
         .help = "Prefixes of clients that are not limited, such as 192.0.2.0/24. A prefix after ! "
                 "is limited even though a shorter listed prefix covers it."},
        {"log_only", CONF_BOOL, MEMBER(log_only), "false",
         .help = "Send all responses, and only count those that would have been limited."},
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
         .help = "Whether the server supports DNS cookies (RFC 7873). A client that returns a "
                 "valid server cookie is not rate limited."},
        {"secrets", CONF_STRINGS, offsetof(struct dns_cookies_conf, secrets), "",
         .max = COOKIE_SECRETS_MAX, .check = check_secret,
         .help = "Secrets of 32 hexadecimal digits that all servers of one address share (RFC "
                 "9018). Cookies are created with the first secret and accepted with both. To "
                 "change the secret, add the new one in second place on all servers, then move it "
                 "to first place on all, and remove the old one an hour later. Empty: a random "
                 "secret until the server stops."},
        {0},
};
const struct conf_section client_limits_cookies_section = {sizeof(struct dns_cookies_conf),
                                                           cookies_keys};

#define TCP(member) offsetof(struct dns_tcp_conf, member)

static const struct conf_key tcp_keys[] = {
        {"enabled", CONF_BOOL, TCP(enabled), "true",
         .help = "Whether queries are answered over TCP (RFC 7766) too. With false nothing sends "
                 "a client to TCP: a response that does not fit a datagram is SERVFAIL, no rate "
                 "limited response is sent truncated, and dns.any \"refuse\" is \"one\"."},
        {"max_connections", CONF_UNSIGNED, TCP(max_connections), "10000", 1, 1 << 24,
         .help = "Maximum number of connections on each worker; tcp_connections has to be as many. "
                 "When there are more, the one that has been idle for longest is reset."},
        {"max_per_client", CONF_UNSIGNED, TCP(max_per_client), "150", 1, 1 << 24, .live = true,
         .help = "Maximum number of connections of one client on each worker. Further ones are "
                 "reset. TLS and HTTPS count their own connections, so a client that uses all "
                 "three may have as many as the three limits together."},
        {"ipv4_prefix", CONF_UNSIGNED, TCP(ipv4_prefix), "32", 1, 32, .live = true,
         .help = "Prefix length of what max_per_client counts as one client over IPv4."},
        {"ipv6_prefix", CONF_UNSIGNED, TCP(ipv6_prefix), "64", 1, 128, .live = true,
         .help = "Prefix length of what max_per_client counts as one client over IPv6."},
        {"idle_timeout_s", CONF_UNSIGNED, TCP(idle_timeout_s), "10", 1, 3600, .live = true,
         .help = "Seconds after which a connection is closed on which no query came whole. While "
                 "more than half of max_connections are in use the time is shorter, the more of "
                 "them, the shorter, down to 0.2 seconds. Clients that ask for it are informed of "
                 "the current time (RFC 7828)."},
        {"fast_open", CONF_UNSIGNED, TCP(fast_open), "0", 0, 1 << 20,
         .help = "Maximum number of connections on each worker whose client has sent its query "
                 "with "
                 "the SYN and not yet shown that it is at its address (TCP Fast Open, RFC 7413). "
                 "Replies to them leave at once, to at most that many forged addresses. 0: queries "
                 "wait for the handshake."},
        {0},
};
const struct conf_section client_limits_tcp_section = {sizeof(struct dns_tcp_conf), tcp_keys};

struct dns_conns_limits client_limits_tcp(const struct dns_tcp_conf *conf)
{
	return (struct dns_conns_limits){.per_client = (uint32_t)conf->max_per_client,
	                                 .ipv4_prefix = (uint8_t)conf->ipv4_prefix,
	                                 .ipv6_prefix = (uint8_t)conf->ipv6_prefix,
	                                 .idle_us = conf->idle_timeout_s * SEC_US};
}

struct rrl_conf client_limits_rrl(const struct dns_rate_limit_conf *conf, bool tcp,
                                  const struct acl *exempt)
{
	struct rrl_conf to = {
	        .window_s = (uint32_t)conf->window_s,
	        .slip = tcp ? (uint32_t)conf->slip : 0,
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

static uint8_t client_limits_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

void client_limits_cookies(const struct dns_cookies_conf *conf,
                           const uint8_t own[COOKIE_SECRET_BYTES], struct cookie_secrets *secrets)
{
	const char *const *texts = conf->secrets.items;

	secrets->len = 0;
	if (!conf->enabled)
		return;
	for (; secrets->len < conf->secrets.len; secrets->len++) {
		const char *text = texts[secrets->len];

		for (unsigned i = 0; i < COOKIE_SECRET_BYTES; i++)
			secrets->secret[secrets->len][i] =
			        (uint8_t)(client_limits_digit(text[2 * i]) << 4 |
			                  client_limits_digit(text[2 * i + 1]));
	}
	if (secrets->len == 0)
		memcpy(secrets->secret[secrets->len++], own, COOKIE_SECRET_BYTES);
}

struct acl *client_limits_acl(const struct conf_list *texts, const char *key, struct why *why)
{
	struct why sentence;
	struct acl *acl = acl_new(texts->items, texts->len, &sentence);

	if (!acl)
		why_set(why, "%s: %s", key, sentence.text);
	return acl;
}
