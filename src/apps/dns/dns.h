// dns: wadi-dns as an appliance (dns.c), and the state that its parts share. The engine that
// answers is proto/dns.
//
//	configuration        dns_conf.h, client_limits.h, checks.h; settings.h for workers
//	table of zones       zone_table.h; listed by zone_list.h, read by zone_read.h
//	zones taken into use zone_publish.h, reported by zone_results.h
//	requests of wadi-ctl zone_command.h
//	datagrams            serve.h, counted by count.h, logged by query_log.h
//	commands             check_command.h, answer_command.h, compile_command.h, over load.h
#ifndef APPS_DNS_DNS_H
#define APPS_DNS_DNS_H

#include "apps/boot/boot.h"
#include "apps/dns/count.h"
#include "apps/dns/query_log_writer.h"
#include "apps/dns/serve.h"
#include "apps/dns/settings.h"
#include "apps/dns/zone_table.h"
#include "core/host/swap.h"

#define DNS_PORT 53

extern const struct app dns_app;

// The running server.
struct dns {
	const struct app_env *env;
	struct swap served;      // what workers answer from, made of:
	struct zone_table zones; // which is in use, and
	struct dns_settings *settings;
	uint8_t cookie_secret[COOKIE_SECRET_BYTES]; // of our own
	uint64_t hash_key;
	struct dns_worker *workers;                  // one for each of env
	struct dns_counts *counts[BOOT_WORKERS_MAX]; // theirs
	uint64_t numbers_used[DNS_NUMBERS_MAX / 64]; // a bit for each
	struct query_log_writer *query_log;          // NULL: there is none
};

#endif
