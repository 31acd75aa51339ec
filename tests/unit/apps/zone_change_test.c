// zone_change: what the log and the checks say about zones that a reload finds new, changed, gone
// or broken.
#include "zones_run.h"

#include "apps/dns/zone_publish.h"
#include "core/host/log.h"
#include "core/host/metric_report.h"
#include "proto/dns/zone/zone_stored.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

static char logged[8192]; // the lines since the last call of lines()

static void keep_line(void *ctx, enum log_level level, const char *line, size_t len)
{
	size_t at = strlen(logged);

	snprintf(logged + at, sizeof(logged) - at, "%s: %.*s\n", log_level_name(level), (int)len,
	         line);
}

// The lines about zones by name, with the folder as "%".
static const char *lines(void)
{
	static char text[8192];
	char *to = text;

	for (const char *line = logged, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *zone = strstr(line, ": zone ");

		while (zone && zone < end && line <= end) {
			size_t len = strlen(folder);

			if (strncmp(line, folder, len) == 0) {
				*to++ = '%';
				line += len;
			} else {
				*to++ = *line++;
			}
		}
	}
	*to = '\0';
	logged[0] = '\0';
	return text;
}

static int log_setup(void **state)
{
	logged[0] = '\0';
	log_set_sink(keep_line, NULL);
	return setup(state);
}

static int log_teardown(void **state)
{
	log_set_sink(NULL, NULL);
	log_set_level(LOG_INFO);
	return teardown(state);
}

static void no_report(void *ctx, const struct zone_report *report)
{
}

// Writes a zone file and its image, as wadi-dns compile does.
static void compile(const char *origin, const char *source, const char *image, const char *text)
{
	static const struct zone_options options = {.hash_key = 1};
	static const uint8_t root[] = {0};
	struct zone_stored stored;
	struct dns_name name;
	struct zone *zone;
	const char *sentence;
	FILE *out;

	write_text(source, text);
	assert_true(dns_name_parse(&name, origin, strlen(origin), root, &sentence));
	zone = zone_load(path_of(source), name.wire, &options, no_report, NULL);
	assert_non_null(zone);
	assert_int_equal(zone_stored_init(&stored, zone), 0);
	out = fopen(path_of("image.new"), "w");
	assert_non_null(out);
	fwrite(&stored.hdr, sizeof(stored.hdr), 1, out);
	fwrite(stored.image, stored.image_bytes, 1, out);
	fwrite(stored.sources, stored.sources_bytes, 1, out);
	assert_int_equal(fclose(out), 0);
	// To write to an image that is mapped would wait for its lease.
	assert_int_equal(rename(path_of("image.new"), path_of(image)), 0);
	zone_stored_fini(&stored);
	zone_put(zone);
}

static void test_each_zone_leaves_a_line(void **state)
{
	struct dns_zone_conf items[] = {{"", "", path_of("zones"), "*.zone"},
	                                {"x", path_of("x"), "", ""}};

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	write_zone("x", 7);
	let_it_age();
	assert_int_equal(open_with(items, 2), 0);
	assert_string_equal(lines(), "");
	write_zone("zones/a.zone", 3);
	write_text("zones/b.zone", "what");
	write_zone("zones/c.zone", 4);
	assert_int_equal(reload_with(items, 1, false), 0);
	assert_string_equal(lines(),
	                    "info: zone a.: serial 1 -> 3, 3 records, from %/zones/a.zone\n"
	                    "error: zone b.: has errors, the version before is still served\n"
	                    "info: zone c.: new, serial 4, 3 records, from %/zones/c.zone\n"
	                    "warning: zone x.: no longer served, serial was 7\n");
	assert_int_equal(unlink(path_of("zones/a.zone")) | unlink(path_of("zones/b.zone")), 0);
	assert_int_equal(reload_with(items, 1, false), 0);
	assert_string_equal(lines(), "warning: zone a.: no longer served, serial was 3\n"
	                             "warning: zone b.: no longer served, serial was 1\n");
}

// By command as by reload; a zone that is read again and unchanged is none of them.
static void test_commands_leave_lines(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_zone("a", 1);
	write_zone("b", 2);
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(run("zone-add", "b", path_of("b")), 0);
	assert_string_equal(lines(), "info: zone b.: new, serial 2, 3 records, from %/b\n");
	assert_int_equal(run("reload", "b", NULL), 0);
	assert_int_equal(reload_with(&item, 1, true), 0);
	assert_string_equal(lines(), "");
	log_set_level(LOG_DEBUG);
	assert_int_equal(run("reload", "b", NULL), 0);
	assert_string_equal(lines(), "debug: zone b.: serial 2 read again, unchanged\n");
	assert_int_equal(run("zone-remove", "b", NULL), 0);
	assert_string_equal(lines(), "warning: zone b.: no longer served, serial was 2\n");
}

// No limit: the end of service of thousands leaves thousands of lines.
static void test_many_zones_leave_many_lines(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone", .allow_empty = true};
	char file[32];
	unsigned n = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(file, sizeof(file), "zones/%d.zone", i);
		write_zone(file, 1);
	}
	assert_int_equal(open_with(&item, 1), 0);
	item.pattern = "*.none";
	assert_int_equal(reload_with(&item, 1, false), 0);
	for (const char *line = lines(); (line = strstr(line, "no longer served")); line++)
		n++;
	assert_int_equal(n, 100);
}

#define HEAD "$TTL 60\n@ SOA ns host "
#define TAIL " 3600 600 864000 60\n@ NS ns\nns A 192.0.2.1\n"

// Serials between versions of a zone (RFC 1982), and the records below them.
static void test_serials_are_compared(void **state)
{
	static const struct {
		const char *text, *code; // of the one warning; NULL: none
	} steps[] = {
	        {HEAD "5" TAIL, NULL},
	        {HEAD "5" TAIL "; a comment\n", NULL},
	        {HEAD "5" TAIL "b A 192.0.2.2\na A 192.0.2.1\na A 192.0.2.3\n", "serial-same"},
	        {HEAD "5" TAIL "a A 192.0.2.3\na A 192.0.2.1\nb A 192.0.2.2\n", NULL}, // the order
	        {HEAD "5" TAIL "a A 192.0.2.3\na A 192.0.2.1\nb 61 A 192.0.2.2\n", "serial-same"},
	        {HEAD "5" TAIL "@ MX 1 a\n@ MX 2 b\na A 192.0.2.3\nb A 192.0.2.2\n", "serial-same"},
	        {HEAD "5" TAIL "@ MX 2 b\n@ MX 1 a\nb A 192.0.2.2\na A 192.0.2.3\n", NULL},
	        {HEAD "5" TAIL "@ MX 1 b\n@ MX 2 a\nb A 192.0.2.2\na A 192.0.2.3\n", "serial-same"},
	        {HEAD "4" TAIL, "serial-lower"},
	        {HEAD "2147483651" TAIL, NULL},
	        {HEAD "4" TAIL, "serial-lower"}, // by half of the numbers: of no order
	        {HEAD "4294967295" TAIL, "serial-lower"},
	        {HEAD "0" TAIL, NULL},
	};
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_text("a", steps[0].text);
	assert_int_equal(open_with(&item, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct dns_conf conf = dns_conf_of(&item, 1);
		struct dns_check_conf check = {steps[i].code, 0}; // ignored
		bool ignore = i % 2;

		conf.checks = (struct conf_list){&check, ignore && check.check};
		write_text("a", steps[i].text);
		json_decref(reply);
		reply = json_object();
		assert_int_equal(dns_service.reload(dns, &conf, true, reply, &why), 0);
		assert_int_equal(count("warnings"), check.check && !ignore);
	}
}

static void test_a_serial_check_can_refuse(void **state)
{
	static struct dns_check_conf checks[] = {{"serial-same", 2}, {"serial-lower", 2}};
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};
	struct dns_conf conf = dns_conf_of(&item, 1);

	conf.checks = (struct conf_list){checks, 2};
	write_zone("a", 3);
	assert_int_equal(open_with(&item, 1), 0);
	for (unsigned serial = 2; serial <= 4; serial++) {
		write_zone("a", serial);
		if (serial == 3)
			write_text("a", HEAD "3" TAIL "b A 192.0.2.1\n");
		json_decref(reply);
		reply = json_object();
		assert_int_equal(dns_service.reload(dns, &conf, false, reply, &why), 0);
		assert_int_equal(count("failed"), serial < 4);
		assert_string_equal(listed(),
		                    serial < 4 ? "a.:older than its file:3" : "a.:served:4");
	}
}

// A file that another process has open for writing may be a half of one: the version before is
// served until it is closed. The same for included files and for images.
static void test_a_file_that_is_being_written(void **state)
{
	static const char *const files[] = {"a", "part", "image"};
	struct dns_zone_conf items[] = {{"a", path_of("a"), "", ""},
	                                {.origin = "b", .image = path_of("image")}};

	write_text("part", "b A 192.0.2.1\n");
	write_text("a", HEAD "1" TAIL "$INCLUDE part\n");
	compile("b", "part-of-image", "image", HEAD "1" TAIL);
	let_it_age();
	assert_int_equal(open_with(items, 2), 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = open(path_of(files[i]), O_WRONLY | O_NONBLOCK);

		if (fd < 0) { // the lease of an image that is mapped
			zone_publish_claimed(dns);
			fd = open(path_of(files[i]), O_WRONLY | O_NONBLOCK);
		}
		assert_true(fd >= 0);
		logged[0] = '\0';
		assert_int_equal(run("reload", i == 2 ? "b" : "a", NULL), 0);
		assert_int_equal(count("failed"), 1);
		assert_non_null(strstr(first_reason(), "open for writing"));
		assert_non_null(strstr(first_reason(), "(being-written)"));
		assert_string_equal(listed(), i == 2 ? "a.:served:1 b.:older than its file:1"
		                                     : "a.:older than its file:1 b.:served:1");
		close(fd);
		assert_int_equal(run("reload", i == 2 ? "b" : "a", NULL), 0);
		assert_string_equal(listed(), "a.:served:1 b.:served:1");
	}
}

// A writer that is done within a second costs nothing but that time.
static void test_a_writer_is_waited_for(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};
	int fds[2];
	pid_t child;

	write_zone("a", 1);
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		int fd = open(path_of("a"), O_WRONLY | O_TRUNC);

		write(fds[1], "", 1);
		usleep(250000);
		write(fd, HEAD "2" TAIL, strlen(HEAD "2" TAIL));
		_exit(0);
	}
	assert_int_equal(read(fds[0], (char[1]){0}, 1), 1);
	assert_int_equal(run("reload", "a", NULL), 0);
	assert_string_equal(listed(), "a.:served:2");
	waitpid(child, NULL, 0);
	close(fds[0]);
	close(fds[1]);
}

// A zone whose image is older than its text is served from the start on, and shown.
static void test_a_stale_image_is_served(void **state)
{
	struct dns_zone_conf item = {.origin = "b", .image = path_of("image")};

	compile("b", "source", "image", HEAD "1" TAIL);
	let_it_age();
	write_text("source", HEAD "2" TAIL);
	assert_int_equal(open_with(&item, 1), 0);
	assert_string_equal(listed(), "b.:older than its file:1");
	assert_non_null(strstr(logged, "the image is stale: "));
	compile("b", "source", "image", HEAD "2" TAIL);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(listed(), "b.:served:2");
}

// One broken zone is no reason not to start, with others or alone.
static void test_a_start_with_broken_zones(void **state)
{
	struct dns_zone_conf items[] = {{"a", path_of("a"), "", ""}, {"b", path_of("b"), "", ""}};

	write_text("a", "what");
	write_zone("b", 1);
	for (size_t len = 1; len <= 2; len++) {
		assert_int_equal(open_with(items, len), 0);
		assert_string_equal(listed(),
		                    len == 1 ? "a.:not served:0" : "a.:not served:0 b.:served:1");
		assert_string_equal(lines(),
		                    "error: zone a.: has errors, queries for it get SERVFAIL\n");
		dns_service.close(dns);
		dns = NULL;
	}
}

static json_int_t gauge(const char *name)
{
	struct metric_source sources[METRIC_SOURCES_MAX];
	json_t *stats = json_object();
	unsigned len = dns_service.metrics(dns, sources);
	json_int_t value;

	for (unsigned i = 0; i < len; i++)
		metric_report_json(&sources[i], stats);
	value = json_integer_value(
	        json_object_get(json_array_get(json_object_get(stats, "zones"), 0), name));
	json_decref(stats);
	return value;
}

// What is not as its file is listed by itself, in pages as the whole list.
static void test_stale_zones_are_listed(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};
	json_int_t good_s;
	char file[32];

	for (int i = 0; i < 1200; i++) {
		snprintf(file, sizeof(file), "zones/%d.zone", i);
		write_zone(file, 1);
	}
	assert_int_equal(open_with(&item, 1), 0);
	good_s = gauge("good_reload_s");
	assert_true(good_s > 0);
	assert_int_equal(run("zones", "stale", NULL), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "zones")), 0);
	for (int i = 0; i < 1100; i++) {
		snprintf(file, sizeof(file), "zones/%d.zone", i);
		write_text(file, "what");
	}
	write_text("zones/new.zone", "what");
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_int_equal(gauge("stale"), 1101);
	assert_int_equal(gauge("served"), 1200);
	assert_int_equal(gauge("good_reload_s"), good_s);
	reply = (json_decref(reply), json_object());
	dns_service.status(dns, reply);
	assert_int_equal(count("zones_stale"), 1101);
	assert_true(json_is_integer(json_object_get(reply, "good_reload_age_s")));
	assert_int_equal(run("zones", "stale", NULL), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "zones")), 1000);
	{
		const json_t *next = json_object_get(reply, "next");
		const char *args[3];

		for (size_t i = 0; i < 3; i++)
			args[i] = strdup(json_string_value(json_array_get(next, i)));
		assert_int_equal(run_args("zones", args, 3), 0);
		for (size_t i = 0; i < 3; i++)
			free((void *)(uintptr_t)args[i]);
	}
	assert_int_equal(json_array_size(json_object_get(reply, "zones")), 101);
	assert_null(json_object_get(reply, "next"));
}

// The first signature of each zone to expire, also after 2106, when its 32 bits begin again.
static void test_signatures_expire(void **state)
{
	static const char sig[] = "@ RRSIG %s 13 1 60 %s 20210101000000 1 @ AQID\n";
	static const struct {
		const char *soa, *ns, *until;
	} cases[] = {
	        {"20400101000000", "20390101000000", "2039-01-01T00:00:00Z"},
	        {"20390101000000", "20400101000000", "2039-01-01T00:00:00Z"},
	        {"20150101000000", "20400101000000", "2015-01-01T00:00:00Z"},
	        {NULL, NULL, ""},
	};
	struct dns_zone_conf items[] = {{"a", path_of("a"), "", ""}, {"b", path_of("b"), "", ""}};

	write_zone("b", 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char zone[1024] = HEAD "1" TAIL;
		size_t len = strlen(zone);

		if (cases[i].soa) {
			len += (size_t)snprintf(zone + len, sizeof(zone) - len, sig, "SOA",
			                        cases[i].soa);
			snprintf(zone + len, sizeof(zone) - len, sig, "NS", cases[i].ns);
		}
		write_text("a", zone);
		assert_int_equal(open_with(items, 2), 0);
		assert_int_equal(run("zone-status", "b", NULL), 0);
		assert_string_equal(text("signed_until"), "");
		assert_int_equal(run("zone-status", "a", NULL), 0);
		assert_string_equal(text("signed_until"), cases[i].until);
		assert_int_equal(gauge("signed_until_s") > 0, *cases[i].until != '\0');
		dns_service.close(dns);
		dns = NULL;
	}
}

#define LOG_TEST(fn) cmocka_unit_test_setup_teardown(fn, log_setup, log_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LOG_TEST(test_each_zone_leaves_a_line),
	        LOG_TEST(test_commands_leave_lines),
	        LOG_TEST(test_many_zones_leave_many_lines),
	        LOG_TEST(test_serials_are_compared),
	        LOG_TEST(test_a_serial_check_can_refuse),
	        LOG_TEST(test_a_file_that_is_being_written),
	        LOG_TEST(test_a_writer_is_waited_for),
	        LOG_TEST(test_a_stale_image_is_served),
	        LOG_TEST(test_a_start_with_broken_zones),
	        LOG_TEST(test_stale_zones_are_listed),
	        LOG_TEST(test_signatures_expire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
