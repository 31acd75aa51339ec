// dns: the parts of wadi-dns: which zones are named (zone_list.c), what was read of
// them (zone_table.h), how that is taken into use (zones.c) and asked for and changed
// while running (zone_command.c), how datagrams become requests (serve.c), what is
// counted of them (count.h) and logged (query_log.h), the commands `check` (check.c),
// `answer` (answer_command.c) and `compile` (compile_command.c), and all of them as an
// appliance (dns.c). The engine is proto/dns.
#ifndef APPS_DNS_DNS_H
#define APPS_DNS_DNS_H

#include "apps/boot/boot.h"
#include "apps/dns/checks.h"
#include "apps/dns/client_limits.h"
#include "apps/dns/count.h"
#include "apps/dns/query_log_writer.h"
#include "apps/dns/settings.h"
#include "apps/dns/zone_table.h"
#include "core/host/swap.h"
#include "core/mono.h"
#include "core/why.h"
#include "proto/dns/answer/answer.h"

#define DNS_PORT 53

// Either origin and file, origin and image, or directory and pattern; what is not given
// is "" or NULL.
struct dns_zone_conf {
	const char *origin, *file;
	const char *directory, *pattern;
	struct conf_list allow; // of const char *, entries of an acl; none: everybody
	const char *image;
};

// The configuration's word for the host's own name.
#define DNS_IDENTITY_HOST "hostname"

struct dns_conf {
	struct conf_list zones;  // of struct dns_zone_conf
	struct conf_list checks; // of struct dns_check_conf
	uint64_t udp_size;
	unsigned any; // enum dns_any
	const char *version, *identity, *nsid;
	struct dns_rate_limit_conf *rate_limit;
	struct dns_cookies_conf *cookies;
	struct query_log_conf *query_log;
};

extern const struct conf_section dns_section;
extern const struct app dns_app;

// Adds the zones that the configuration names, unread and in order. 0, or negative
// errno with a sentence in why; the table is the caller's to free in any case.
int zone_list_add(struct zone_table *zones, const struct dns_conf *conf,
                  struct why *why) MUST_CHECK;

// What is served of a table.
struct dns_totals {
	uint64_t zones, records, bytes;
};
struct dns_totals zone_table_totals(const struct zone_table *zones) PURE;

// What loading came to.
struct dns_loaded {
	struct zone_set *set; // the caller's; NULL when something went wrong
	struct dns_totals totals;
	unsigned errors, warnings;
};

// Loads all zones of the configuration, with what counts as an error taken from
// checks instead of it; each error and warning goes to on_report (NULL: nobody
// asks). 0, or negative errno, then a sentence with the first error is in why.
int dns_load(const struct dns_conf *conf, const struct zone_policy *checks,
             struct dns_loaded *loaded, zone_report_fn *on_report, void *ctx,
             struct why *why) MUST_CHECK;

struct dns_worker {
	struct dns_counts counts;
	struct worker_metric *stages; // the worker's own
	unsigned number;
	const struct swap *served;          // of struct dns_served
	struct query_log_worker *query_log; // NULL: there is none
};

// What workers answer from, replaced whole.
struct dns_served {
	struct zone_set *set;
	struct dns_settings *settings;
};

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

enum dns_take {
	DNS_TAKE_CHANGED, // zones whose files have not changed stay as they are
	DNS_TAKE_ALL,     // what has yet to be read is read, changed or not
	DNS_TAKE_SOUND,   // the same, and an error in it is one of all
};

// Reads what has yet to be read of `next` and takes it into use in place of the zones
// so far, while workers run, and the settings with it (NULL: they stay). What became of
// each zone is told in reply, "error" with it when not all could be read. Consumes next
// and settings. 0, or negative errno with a sentence in why and everything as it was.
int dns_zones_take(struct dns *dns, struct zone_table *next, struct dns_settings *settings,
                   enum dns_take how, json_t *reply, struct why *why) MUST_CHECK;

// The same before there are workers, with the settings that are there. Zones that have
// errors are served as unread, unless there are no others: that is an error.
int dns_zones_open(struct dns *dns, struct zone_table *zones, struct why *why) MUST_CHECK;

// Zones whose files somebody wants to write to get memory of their own.
void dns_claimed(void *state);

extern const struct app_command dns_commands[];
int dns_reload_one(void *state, const char *word, json_t *reply, struct why *why);

// A udp_burst_fn with ctx a struct dns_worker.
void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

// The commands `check`, `answer` and `compile`; see struct app_tool.
int dns_check(const struct app_call *call);
int dns_answer_command(const struct app_call *call);
extern const struct manual_item dns_check_options[], dns_answer_options[];
int dns_compile_command(const struct app_call *call);
extern const struct manual_item dns_compile_options[];

#endif
