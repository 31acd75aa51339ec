// dns_https_conf: the section dns.https: limits as of dns.tcp, the path, and the files of apps/tls.
#ifndef APPS_DNS_DNS_HTTPS_CONF_H
#define APPS_DNS_DNS_HTTPS_CONF_H

#include "apps/dns/client_limits.h"
#include "apps/tls/tls_swap.h"

struct dns_https_conf {
	struct dns_tcp_conf limits;
	uint64_t port, plain_port;
	const char *path;
	struct tls_conf files;
};

extern const struct conf_section dns_https_section;

// The files of dns.https; without certificates of its own it has those of dns.tls.
struct tls_conf dns_https_conf_files(const struct dns_https_conf *https,
                                     const struct tls_conf *tls);

#endif
