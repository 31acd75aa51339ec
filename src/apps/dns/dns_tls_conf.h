// dns_tls_conf: the section dns.tls: limits as of dns.tcp, and the files of apps/tls.
#ifndef APPS_DNS_DNS_TLS_CONF_H
#define APPS_DNS_DNS_TLS_CONF_H

#include "apps/dns/client_limits.h"
#include "apps/tls/tls_swap.h"

struct dns_tls_conf {
	struct dns_tcp_conf limits;
	uint64_t port;
	struct tls_conf files;
};

extern const struct conf_section dns_tls_section;

// "dot" (RFC 7858).
extern const struct tls_offer dns_tls_offer;

#endif
