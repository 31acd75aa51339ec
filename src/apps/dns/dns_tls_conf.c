// dns_tls_conf: the keys of the section dns.tls; see the header.
#include "apps/dns/dns_tls_conf.h"

#define TLS(member)   offsetof(struct dns_tls_conf, member)
#define LIMIT(member) offsetof(struct dns_tls_conf, limits.member)

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, LIMIT(enabled), "false",
         .help = "Whether queries are answered over TLS (RFC 7858)."},
        {"port", CONF_UNSIGNED, TLS(port), "853", 1, 65535, .help = "The TCP port."},
        TLS_CONF_KEYS(TLS(files)),
        {"max_connections", CONF_UNSIGNED, LIMIT(max_connections), "2000", 1, 1 << 20,
         .help = "As dns.tcp.max_connections, for TLS: about 10 kB of memory for each connection."},
        {"max_per_client", CONF_UNSIGNED, LIMIT(max_per_client), "150", 1, 1 << 24, .live = true,
         .help = "As dns.tcp.max_per_client, for TLS alone."},
        {"ipv4_prefix", CONF_UNSIGNED, LIMIT(ipv4_prefix), "32", 1, 32, .live = true,
         .help = "As dns.tcp.ipv4_prefix."},
        {"ipv6_prefix", CONF_UNSIGNED, LIMIT(ipv6_prefix), "64", 1, 128, .live = true,
         .help = "As dns.tcp.ipv6_prefix."},
        {"idle_timeout_s", CONF_UNSIGNED, LIMIT(idle_timeout_s), "10", 1, 3600, .live = true,
         .help = "As dns.tcp.idle_timeout_s; the handshake counts."},
        {0},
};
const struct conf_section dns_tls_section = {sizeof(struct dns_tls_conf), tls_keys};

static const char *const protocols[] = {"dot"};
const struct tls_offer dns_tls_offer = {
        .section = "dns.tls", .alpn = protocols, .alpn_len = ARRAY_LEN(protocols)};
