// dns_https_conf: the keys of the section dns.https; see the header.
#include "apps/dns/dns_https_conf.h"

#define HTTPS(member) offsetof(struct dns_https_conf, member)
#define LIMIT(member) offsetof(struct dns_https_conf, limits.member)

static bool check_path(const char *text, struct why *why)
{
	why_set(why,
	        "has to begin with \"/\", and to have none of \"?\", \"#\", \"%%\" and spaces");
	return *text == '/' && !strpbrk(text, "?#% \t");
}

static const struct conf_key https_keys[] = {
        {"enabled", CONF_BOOL, LIMIT(enabled), "false",
         .help = "Whether queries are answered over HTTPS (RFC 8484), HTTP/2 or HTTP/1.1. Without "
                 "dns.https.certificates it has those of dns.tls."},
        {"port", CONF_UNSIGNED, HTTPS(port), "443", 1, 65535, .help = "The TCP port."},
        {"plain_port", CONF_UNSIGNED, HTTPS(plain_port), "0", 0, 65535,
         .help = "Another TCP port for the same without TLS, for a proxy that has the "
                 "certificates: "
                 "who reaches it sees queries unencrypted. 0: none."},
        {"path", CONF_STRING, HTTPS(path), "/dns-query", .min = 1, .max = 255, .check = check_path,
         .help = "The path of the URL that clients ask; others get 404."},
        TLS_CONF_KEYS(HTTPS(files)),
        {"max_connections", CONF_UNSIGNED, LIMIT(max_connections), "2000", 1, 1 << 20,
         .help = "Maximum number of connections on each worker, of up to 100 requests at a time: "
                 "about 50 kB of memory for each over HTTP/2, and at most 256 kB. When there are "
                 "more, the one that has been idle for longest is reset."},
        {"max_per_client", CONF_UNSIGNED, LIMIT(max_per_client), "150", 1, 1 << 24,
         .help = "As dns.tcp.max_per_client, for HTTPS alone, port and plain_port together."},
        {"ipv4_prefix", CONF_UNSIGNED, LIMIT(ipv4_prefix), "32", 1, 32,
         .help = "As dns.tcp.ipv4_prefix."},
        {"ipv6_prefix", CONF_UNSIGNED, LIMIT(ipv6_prefix), "64", 1, 128,
         .help = "As dns.tcp.ipv6_prefix."},
        {"idle_timeout_s", CONF_UNSIGNED, LIMIT(idle_timeout_s), "10", 1, 3600,
         .help = "Seconds after which a connection without a request is closed."},
        {0},
};
const struct conf_section dns_https_section = {sizeof(struct dns_https_conf), https_keys};

struct tls_conf dns_https_conf_files(const struct dns_https_conf *https, const struct tls_conf *tls)
{
	struct tls_conf files = https->files;

	if (files.certificates.len == 0)
		files.certificates = tls->certificates;
	return files;
}
