// dns_conf: a configuration that tests build without parsing a text: zones, with all other
// features disabled.
#ifndef UNIT_APPS_DNS_CONF_H
#define UNIT_APPS_DNS_CONF_H

#include "apps/dns/dns_conf.h"

static inline struct dns_conf dns_conf_of(const struct dns_zone_conf *zones, size_t len)
{
	static struct dns_rate_limit_conf rate_limit;
	static struct query_log_conf query_log = {.file = "", .socket = ""};
	static struct dns_cookies_conf cookies;
	static struct dns_tcp_conf tcp;
	static struct dns_tls_conf tls = {.files = {.client_ca = ""}};
	static struct dns_https_conf https = {.path = "/dns-query", .files = {.client_ca = ""}};

	return (struct dns_conf){
	        .zones = {(void *)(uintptr_t)zones, len},
	        .udp_size = 1232,
	        .version = "",
	        .identity = "",
	        .nsid = "",
	        .rate_limit = &rate_limit,
	        .cookies = &cookies,
	        .tcp = &tcp,
	        .tls = &tls,
	        .https = &https,
	        .query_log = &query_log,
	};
}

#endif
