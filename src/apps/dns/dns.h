// dns: wadi-dns as an appliance (dns.c), and the state that its parts share. The engine that
// answers is proto/dns.
//
//	configuration        dns_conf.h, client_limits.h, checks.h; settings.h for workers
//	table of zones       zone_table.h; listed by zone_list.h, read by zone_read.h
//	what outlasts a stop zone_state.h
//	zones taken into use zone_publish.h, reported by zone_results.h
//	requests of wadi-ctl zone_command.h
//	datagrams            serve.h, counted by count.h, logged by query_log.h
//	streams              serve_tcp.h, whose connections are in dns_conns.h
//	commands             check_command.h, answer_command.h, compile_command.h, over load.h
#ifndef APPS_DNS_DNS_H
#define APPS_DNS_DNS_H

#include "apps/boot/boot.h"
#include "apps/dns/counts.h"
#include "apps/dns/dns_tls_conf.h"
#include "apps/dns/query_log_switch.h"
#include "apps/dns/serve.h"
#include "apps/dns/serve_https.h"
#include "apps/dns/serve_tls.h"
#include "apps/dns/settings.h"
#include "apps/dns/zone_directory.h"
#include "apps/dns/zone_state.h"
#include "apps/dns/zone_table.h"
#include "apps/tls/tls_swap.h"
#include "core/host/swap.h"

#define DNS_PORT 53

extern const struct service dns_service;

// What is shown of all zones together; times in seconds since 1970, 0: there is none.
struct dns_gauges {
	uint64_t zones, stale, signed_until_s, good_s;
};

// The running server.
struct dns {
	const struct service_env *env;
	struct swap served;      // to the struct dns_served in use, made of:
	struct zone_table zones; // the table in use, and
	struct dns_settings *settings;
	struct zone_directory *directories; // of the configuration in use
	struct zone_state state;            // what zone-add and zone-remove changed for good
	uint8_t *cookie_secret;             // used when the configuration has none; secret.h
	uint64_t hash_key;
	struct dns_tcp_conf tcp;      // as it was at the start
	struct dns_tls_conf tls_conf; // likewise
	struct tls_swap tls;          // zeros: no DNS over TLS
	struct dns_https_conf https_conf;
	struct tls_swap https;                          // zeros: no DNS over HTTPS
	struct serve_https *https_of[BOOT_WORKERS_MAX]; // NULL: likewise
	struct serve_tls *tls_of;                       // of each worker; NULL: no DNS over TLS
	struct dns_worker *workers;                     // env->workers_len of them
	struct dns_counts *counts[BOOT_WORKERS_MAX];    // of each worker
	struct dns_conns *conns[BOOT_WORKERS_MAX];      // likewise
	uint64_t numbers_used[DNS_NUMBERS_MAX / 64];    // a bit for each number of a zone
	struct query_log_writer *query_log;             // NULL: no query log
	struct query_log_switch query_log_switch;
	struct dns_gauges gauges; // as of the last request for metrics
	int64_t good_s;           // of the last start or reload that left no zone stale, since 1970
	mono_t good;              // the same
};

#endif
