// dns_tls: the keys of dns.tls, what is refused of files, the keys of session tickets as hours
// pass, a reload, and the health row of certificates. The files are those that tests/unit/tls
// makes.
#include "harness.h"

#include "apps/boot/boot.h"
#include "apps/boot/health.h"
#include "apps/dns/dns.h"
#include "apps/dns/dns_health.h"
#include "apps/dns/dns_tls_conf.h"
#include "core/host/clock.h"
#include "core/host/control_loop.h"
#include "core/host/log.h"
#include "core/host/secret.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HOUR_S  3600
#define HOUR_US (HOUR_S * SEC_US)

static int64_t time_ahead_s; // of the real time, for all of this program

time_t time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += time_ahead_s;
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}

static bool memory_is_out; // for secrets, whose functions these are instead of core/host's

void *secret_alloc(size_t bytes)
{
	return memory_is_out ? NULL : calloc(1, bytes);
}

void secret_free(void *secret)
{
	free(secret);
}

void secret_json(void)
{
}

struct root {
	struct dns_tls_conf *tls;
};

static const struct conf_key root_keys[] = {
        {"tls", CONF_SECTION, offsetof(struct root, tls), .section = &dns_tls_section},
        {0},
};
static const struct conf_section root = {sizeof(struct root), root_keys};

static struct conf conf;

// Reads "{"tls": {TEXT}}"; the section, and what was reported of it, a line each.
static struct dns_tls_conf *read_section(const char *text, char *reports, size_t size)
{
	struct conf_source source = {.file = "c.json"};
	char all[2048];

	snprintf(all, sizeof(all), "{\"tls\": {%s}}", text);
	conf_read_text(&conf, &root, &source, all, strlen(all));
	*reports = '\0';
	for (const struct conf_report *r = conf.reports; r; r = r->next)
		snprintf(reports + strlen(reports), size - strlen(reports), "%s\n", r->text);
	return ((struct root *)conf.values)->tls;
}

static void end_section(void)
{
	struct why why;

	(void)!conf_settle(&conf, &why);
	conf_close(&conf);
}

static void test_keys_have_their_defaults(void **state)
{
	char reports[1024];
	const struct dns_tls_conf *tls = read_section("", reports, sizeof(reports));

	assert_string_equal(reports, "");
	assert_false(tls->limits.enabled);
	assert_int_equal(tls->port, 853);
	assert_int_equal(tls->files.certificates.len, 0);
	assert_string_equal(tls->files.client_ca, "");
	assert_int_equal(tls->files.ticket_key_h, 12);
	assert_int_equal(tls->files.expiry_warning_h, 14 * 24);
	assert_int_equal(tls->limits.max_connections, 2000);
	assert_int_equal(tls->limits.max_per_client, 150);
	assert_int_equal(tls->limits.ipv4_prefix, 32);
	assert_int_equal(tls->limits.ipv6_prefix, 64);
	assert_int_equal(tls->limits.idle_timeout_s, 10);
	end_section();
}

static void test_keys_out_of_range(void **state)
{
	static const char *const texts[] = {
	        "\"port\": 0",
	        "\"port\": 65536",
	        "\"ticket_key_h\": 169",
	        "\"max_connections\": 0",
	        "\"max_per_client\": 0",
	        "\"ipv4_prefix\": 33",
	        "\"ipv6_prefix\": 129",
	        "\"idle_timeout_s\": 0",
	        "\"expiry_warning_h\": 87601",
	        "\"fast_open\": 1",
	        "\"certificates\": [{\"certificate\": \"c\"}]",
	        "\"certificates\": [{\"key\": \"k\"}]",
	        "\"certificates\": [{\"certificate\": \"\", \"key\": \"k\"}]",
	};
	char reports[1024];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		(void)read_section(texts[i], reports, sizeof(reports));
		if (!*reports)
			fail_msg("%s is accepted", texts[i]);
		end_section();
	}
}

static const char *file_of(const char *name)
{
	static char paths[8][512];
	static unsigned turn;
	char *path = paths[turn++ % ARRAY_LEN(paths)];

	if (!*name || *name == '/')
		return name;
	snprintf(path, sizeof(paths[0]), "%s/%s", getenv("TLS_CERTIFICATES"), name);
	return path;
}

static struct dns_tls_conf conf_of(struct tls_certificate_conf *item, const char *certificate,
                                   const char *key)
{
	*item = (struct tls_certificate_conf){file_of(certificate), file_of(key), ""};
	return (struct dns_tls_conf){
	        .files = {.certificates = {item, 1}, .client_ca = "", .ticket_key_h = 12}};
}

static void test_files_that_are_refused(void **state)
{
	static const struct {
		const char *certificate, *key, *ocsp, *ca;
		const char *file,
		        *why; // the sentence: the file that it begins with, and a part of the rest
	} cases[] = {
	        {"none.pem", "a.key.pem", "", "", "none.pem", "No such file"},
	        {"a.chain.pem", "none.pem", "", "", "none.pem", "No such file"},
	        {"a.chain.pem", "a.key.pem", "none.der", "", "none.der", "No such file"},
	        {"a.chain.pem", "a.key.pem", "", "none.pem", "none.pem", "No such file"},
	        {"/dev/null", "a.key.pem", "", "", "/dev/null",
	         "it is empty, too large, or not a file"},
	        {"/", "a.key.pem", "", "", "/", "it is empty, too large, or not a file"},
	        {"a.chain.pem", "b.key.pem", "", "", "b.key.pem", "the key is not that of"},
	        {"a.chain.pem", "a.key.pem", "a.revoked.der", "", "a.revoked.der", "revoked"},
	        {"a.chain.pem", "a.key.pem", "", "empty.pem", "empty.pem", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tls_certificate_conf item;
		struct dns_tls_conf tls = conf_of(&item, cases[i].certificate, cases[i].key);
		const char *file = file_of(cases[i].file);
		struct why why;

		item.ocsp = file_of(cases[i].ocsp);
		tls.files.client_ca = file_of(cases[i].ca);
		assert_null(tls_swap_context(&tls.files, &dns_tls_offer, &why));
		if (strncmp(why.text, file, strlen(file)) != 0 || !strstr(why.text, cases[i].why))
			fail_msg("case %zu: %s", i, why.text);
	}
}

static void test_no_certificate(void **state)
{
	struct dns_tls_conf tls = {.files = {.client_ca = ""}};
	struct why why;

	assert_null(tls_swap_context(&tls.files, &dns_tls_offer, &why));
	assert_string_equal(why.text, "dns.tls.certificates: TLS needs a certificate");
}

// What is published to workers, and the loop of the control thread.
static struct {
	struct control_loop loop;
	struct service_env env;
	struct tls_swap tls;
	struct tls_certificate_conf item;
	mono_t opened;
} run;

static void run_open(uint64_t ticket_key_h)
{
	struct dns_tls_conf tls = conf_of(&run.item, "a.chain.pem", "a.key.pem");
	struct why why;

	tls.files.ticket_key_h = ticket_key_h;
	run.opened = clock_kernel();
	wheel_init(&run.loop.wheel, run.opened);
	run.env = (struct service_env){.loop = &run.loop};
	run.tls = (struct tls_swap){.env = NULL};
	if (tls_swap_open(&run.tls, &tls.files, &dns_tls_offer, &run.env, &why) != 0)
		fail_msg("%s", why.text);
}

static const struct tls_shared *shared(void)
{
	return swap_read(&run.tls.shared);
}

// A second for each hour after the hours have passed since the start: a timer may be late.
static void pass_hours(uint64_t hours)
{
	mono_t now = mono_add(run.opened, hours * (HOUR_US + SEC_US));

	do
		wheel_tick(&run.loop.wheel, now);
	while (wheel_next(&run.loop.wheel).us <= now.us);
}

static void test_ticket_keys_are_replaced(void **state)
{
	uint8_t keys[6][TLS_TICKET_KEY_BYTES];
	static const uint8_t none[TLS_TICKET_KEY_BYTES];

	run_open(12);
	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		const struct tls_tickets *tickets = &shared()->tickets;

		memcpy(keys[i], tickets->key[0], sizeof(keys[i]));
		assert_memory_not_equal(keys[i], none, sizeof(none));
		assert_int_equal(tickets->len, size_min(i + 1, TLS_TICKET_KEYS));
		for (unsigned j = 1; j < tickets->len; j++) {
			assert_memory_equal(tickets->key[j], keys[i - j], sizeof(keys[i]));
			assert_memory_not_equal(tickets->key[j], keys[i], sizeof(keys[i]));
		}
		pass_hours(12 * i + 11); // not yet
		assert_ptr_equal(tickets, &shared()->tickets);
		pass_hours(12 * i + 12);
	}
	tls_swap_close(&run.tls);
	assert_int_equal(wheel_next(&run.loop.wheel).us, MONO_NEVER.us);
}

static void test_without_tickets(void **state)
{
	run_open(0);
	pass_hours(1000);
	assert_int_equal(shared()->tickets.len, 0);
	tls_swap_close(&run.tls);
}

static char logged[512];

static void on_log(void *ctx, enum log_level level, const char *line, size_t len)
{
	snprintf(logged, sizeof(logged), "%.*s", (int)len, line);
}

static struct tls_context *other_context(void)
{
	struct tls_certificate_conf item;
	struct dns_tls_conf tls = conf_of(&item, "b.chain.pem", "b.key.pem");
	struct why why;
	struct tls_context *context = tls_swap_context(&tls.files, &dns_tls_offer, &why);

	if (!context)
		fail_msg("%s", why.text);
	return context;
}

// Tickets of before are taken after a reload.
static void test_a_reload_keeps_ticket_keys(void **state)
{
	struct tls_context *next = other_context();
	struct tls_tickets before;

	run_open(12);
	before = shared()->tickets;
	tls_swap_reload(&run.tls, next);
	assert_ptr_equal(shared()->context, next);
	assert_memory_equal(&shared()->tickets, &before, sizeof(before));
	tls_swap_close(&run.tls);
}

// Neither the new certificates nor a new key can be published: those before stay.
static void test_a_reload_without_memory(void **state)
{
	struct tls_context *next = other_context(), *before;
	const struct tls_shared *published;

	run_open(12);
	published = shared();
	before = published->context;
	log_set_sink(on_log, NULL);
	memory_is_out = true;
	tls_swap_reload(&run.tls, next);
	pass_hours(12);
	memory_is_out = false;
	log_set_sink(NULL, NULL);
	assert_non_null(
	        strstr(logged, "no memory for the new certificates; those before are used"));
	assert_ptr_equal(shared(), published);
	assert_ptr_equal(shared()->context, before);
	assert_int_equal(shared()->tickets.len, 1);
	pass_hours(24); // the next key is not missed
	assert_int_equal(shared()->tickets.len, 2);
	tls_swap_close(&run.tls);
}

// The row of the check "dns.tls", its state, then its detail; "" when there is none.
static const char *row(struct dns *dns)
{
	static char line[512];
	struct health health;
	json_t *item;
	size_t i;

	health_init(&health);
	dns_health_checks(dns, &health);
	line[0] = '\0';
	json_array_foreach (health.checks, i, item)
		if (strcmp(json_string_value(json_object_get(item, "check")), "dns.tls") == 0)
			snprintf(line, sizeof(line), "%s: %s",
			         json_string_value(json_object_get(item, "state")),
			         json_string_value(json_object_get(item, "detail")));
	json_decref(health.checks);
	return line;
}

static void test_health_warns_before_a_certificate_expires(void **state)
{
	enum { DAY_S = 24 * HOUR_S };
	static const struct {
		int64_t left_s; // of the certificate
		uint64_t warning_s;
		const char *row;
	} cases[] = {
	        {20 * DAY_S + 60, 14 * DAY_S, "ok: the first certificate expires in 20 days"},
	        {14 * DAY_S + 60, 14 * DAY_S, "ok: the first certificate expires in 14 days"},
	        {14 * DAY_S - 60, 14 * DAY_S, "warning: the first certificate expires in 13 days"},
	        {5 * HOUR_S + 60, 14 * DAY_S, "warning: the first certificate expires in 5 hours"},
	        {5 * HOUR_S + 60, 0, "ok: the first certificate expires in 5 hours"},
	        {-25 * HOUR_S - 60, 0,
	         "warning: a certificate expired 25 hours ago, and clients refuse it: write a new "
	         "one "
	         "and reload"},
	};
	static struct dns_settings settings;
	static struct dns dns = {.settings = &settings};

	assert_string_equal(row(&dns), ""); // without TLS
	run_open(12);
	dns.tls = run.tls;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		time_ahead_s = 0;
		time_ahead_s = tls_context_expires_s(shared()->context) - cases[i].left_s -
		               (int64_t)time(NULL);
		settings.certificate_warning_s = cases[i].warning_s;
		assert_string_equal(row(&dns), cases[i].row);
	}
	time_ahead_s = 0;
	tls_swap_close(&run.tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_keys_have_their_defaults),
	        cmocka_unit_test(test_keys_out_of_range),
	        cmocka_unit_test(test_files_that_are_refused),
	        cmocka_unit_test(test_no_certificate),
	        cmocka_unit_test(test_ticket_keys_are_replaced),
	        cmocka_unit_test(test_without_tickets),
	        cmocka_unit_test(test_a_reload_keeps_ticket_keys),
	        cmocka_unit_test(test_a_reload_without_memory),
	        cmocka_unit_test(test_health_warns_before_a_certificate_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
