// zones: the zones that a configuration names, the reload of files that have changed and of those
// that have not, and the requests about zones, without workers.
#include "zones_run.h"

#include "apps/dns/load.h"
#include "apps/dns/zone_list.h"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>

static void test_invalid_entries_of_zones(void **state)
{
	static const struct {
		struct dns_zone_conf items[2];
		const char *why;
	} cases[] = {
	        {{{"", "", "", "*.zone"}},
	         "dns.zones[0]: give either origin and file, origin and image, or directory"},
	        {{{"a", "", "", ""}},
	         "dns.zones[0]: give either origin and file, origin and image, or directory"},
	        {{{"", "f", "", ""}},
	         "dns.zones[0]: give either origin and file, origin and image, or directory"},
	        {{{"a", "f", "d", ""}},
	         "dns.zones[0]: give either origin and file, origin and image, or directory"},
	        {{{"", "", "/nowhere", "*"}},
	         "dns.zones[0].directory: /nowhere cannot be read: No such file or directory"},
	        {{{"a", "f", "", ""}, {"", "", "/dev/null", "*"}},
	         "dns.zones[1].directory: /dev/null cannot be read: Not a directory"},
	        {{{"a", "f", "", ""}, {"A.", "g", "", ""}},
	         "dns.zones: two zones have the origin a.: dns.zones["},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = cases[i].items[1].origin ? 2 : 1;

		assert_int_not_equal(open_with(cases[i].items, len), 0);
		assert_memory_equal(why.text, cases[i].why, strlen(cases[i].why));
	}
}

static void test_files_of_a_directory(void **state)
{
	static const struct {
		const char *pattern, *listed; // NULL: refused
	} cases[] = {
	        {"*.zone", ".:served:1 b.a.:served:3 0/1.b.:served:4 c.:served:2"},
	        {"db.*", "x.:served:5"},
	        {"none.*", ""},
	        {"*.bad", ""},              // a name that is not an origin: that file alone
	        {"*.clash", "d.:served:7"}, // the name in lower case
	};
	struct dns_zone_conf item = {"", "", path_of("zones"), ""};

	write_zone("zones/@.zone", 1);
	write_zone("zones/C.zone", 2);
	write_zone("zones/b.a.zone", 3);
	write_zone("zones/0\\0471.b.zone", 4);
	write_zone("zones/db.x", 5);
	write_text("zones/.hidden.zone", "no zone");
	write_text("zones/.zone", "no zone");
	write_text("zones/c.zone~", "no zone");
	write_text("zones/a..b.bad", "no zone");
	write_zone("zones/d.clash", 7);
	write_zone("zones/D.clash", 6);
	assert_int_equal(mkdir(path_of("zones/folder.zone"), 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		item.pattern = cases[i].pattern;
		assert_int_equal(open_with(&item, 1), 0);
		assert_string_equal(listed(), cases[i].listed);
		dns_service.close(dns);
		dns = NULL;
	}
}

static char reports[2048];

static void keep_report(void *ctx, const struct zone_report *report)
{
	char *end = reports + strlen(reports);

	zone_report_text(report, end, sizeof(reports) - (size_t)(end - reports));
	strcat(reports, "\n");
}

// Lists the zones of the entries, and leaves what was reported in `reports`.
static int list_zones(const struct dns_zone_conf *items, size_t len, unsigned *errors)
{
	static const struct zone_policy strict = {.strict = true}, defaults;
	const struct dns_conf conf = dns_conf_of(items, len);
	struct zone_list list = {
	        .conf = &conf,
	        .reporter = {.policy = errors ? &strict : &defaults, .on_report = keep_report}};
	struct zone_table zones = {0};
	int err;

	reports[0] = '\0';
	err = zone_list_add(&list, &zones, &why);
	zone_table_free(&zones);
	zone_directory_free(list.directories);
	if (errors)
		*errors = (unsigned)list.reporter.errors;
	return err;
}

// What is wrong with one file is reported once, with its path, and by policy.
static void test_stray_files_are_reported(void **state)
{
	struct dns_zone_conf items[] = {{"", "", path_of("zones"), "*.zone"},
	                                {"", "", path_of("zones"), "*.none"},
	                                {"c.test", path_of("zones/other"), "", ""}};
	char label[80], want[2048];
	unsigned errors;

	memset(label, 'x', 64);
	strcpy(label + 64, ".zone");
	snprintf(want, sizeof(want), "zones/%s", label);
	write_text(want, "");
	write_text("zones/a..b.zone", "");
	write_zone("zones/c.test.zone", 1);
	write_zone("zones/C.test.zone", 1);
	write_zone("zones/other", 1);
	assert_int_equal(list_zones(items, 3, NULL), 0);
	snprintf(want, sizeof(want),
	         "%s/a..b.zone: warning: \"a..b\" in the file name is not an origin: %s; the file "
	         "is not served (file-name)\n",
	         path_of("zones"), "a label of the name is empty");
	assert_non_null(strstr(reports, want));
	assert_non_null(strstr(reports, "longer than 63 bytes"));
	snprintf(want, sizeof(want),
	         "%s/C.test.zone: warning: the zone c.test. is served from %s; this file of the "
	         "same origin is not served (file-twin)\n",
	         path_of("zones"), path_of("zones/other"));
	assert_non_null(strstr(reports, want));
	snprintf(want, sizeof(want),
	         "%s: warning: no file in this directory of dns.zones[1] is a zone, by the pattern "
	         "*.none (no-files)\n",
	         path_of("zones"));
	assert_non_null(strstr(reports, want));
	assert_int_equal(list_zones(items, 3, &errors), 0);
	assert_int_equal(errors, 5);
}

// The file that is served stays, whatever its name; its twin follows when it is gone.
static void test_of_twins_the_served_one_stays(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};

	write_zone("zones/C.test.zone", 1);
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	write_zone("zones/c.test.zone", 2);
	write_text("zones/a..b.zone", "");
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "0 1 0 0");
	assert_string_equal(listed(), "c.test.:served:1");
	assert_int_equal(unlink(path_of("zones/C.test.zone")), 0);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(listed(), "c.test.:served:2");
}

static const char *hidden; // a name that readdir leaves out; NULL: none
static int broken;         // number of entries after which readdir fails; 0: never

// In place of the C library's.
struct dirent *readdir(DIR *dir)
{
	static struct dirent *(*real)(DIR *);
	struct dirent *entry;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir64");
	if (broken && --broken == 0) {
		errno = EIO;
		return NULL;
	}
	do
		entry = real(dir);
	while (entry && hidden && strcmp(entry->d_name, hidden) == 0);
	return entry;
}

// A zone is given up only when its file does not exist by name, and a listing that fails
// half-way is no listing.
static void test_a_listing_is_no_proof_of_absence(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	hidden = "a.zone";
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "0 2 0 0");
	for (int i = 1; i <= 8; i++) { // in the first pass and in the second
		broken = i;
		assert_int_equal(reload_with(&item, 1, false), -EIO);
		assert_non_null(strstr(why.text, "/zones cannot be read: Input/output error"));
		broken = 0;
		hidden = NULL;
		assert_string_equal(listed(), "a.:served:1 b.:served:1");
	}
	hidden = "a.zone";
	assert_int_equal(unlink(path_of("zones/a.zone")), 0);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "0 1 1 0");
	hidden = NULL;
}

// Replaces the files of 300 zones until it is killed.
static _Noreturn void replace_files(void)
{
	char file[32];

	for (int i = 0;; i = (i + 7) % 300) {
		snprintf(file, sizeof(file), "zones/%d.zone", i);
		write_zone("zones/.new", 1);
		rename(path_of("zones/.new"), path_of(file));
	}
}

// Files that another process replaces without a pause are all served, on each reload.
static void test_files_are_replaced_while_they_are_listed(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};
	char file[32];
	pid_t child;

	for (int i = 0; i < 300; i++) {
		snprintf(file, sizeof(file), "zones/%d.zone", i);
		write_zone(file, 1);
	}
	assert_int_equal(open_with(&item, 1), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		replace_files();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(reload_with(&item, 1, false), 0);
		assert_int_equal(count("zones"), 300);
		assert_int_equal(count("removed") + count("failed"), 0);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

// All zones of a directory do not end at once without a word.
static void test_an_emptied_directory_needs_a_word(void **state)
{
	struct dns_zone_conf items[] = {{"", "", path_of("zones"), "*.zone"},
	                                {"", "", path_of("zones"), "*.db"},
	                                {"x", path_of("x"), "", ""}};
	char want[300];

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	write_zone("zones/c.db", 1);
	write_zone("x", 1);
	let_it_age();
	assert_int_equal(open_with(items, 3), 0);
	assert_int_equal(unlink(path_of("zones/a.zone")) | unlink(path_of("zones/b.zone")), 0);
	assert_int_equal(reload_with(items, 3, false), -ENOTEMPTY);
	snprintf(want, sizeof(want),
	         "dns.zones[0].directory: %s has no file any more of the 2 zones served from it "
	         "(a., ...); is it mounted? To stop serving all of them, set "
	         "dns.zones[0].allow_empty to true and reload",
	         path_of("zones"));
	assert_string_equal(why.text, want);
	assert_string_equal(listed(), "a.:served:1 b.:served:1 c.:served:1 x.:served:1");
	items[0].allow_empty = true;
	assert_int_equal(reload_with(items, 3, false), 0);
	assert_string_equal(counts(), "0 2 2 0");
	// An entry that the configuration no longer has needs no further word.
	assert_int_equal(reload_with(items + 2, 1, false), 0);
	assert_string_equal(counts(), "0 1 1 0");
}

static void test_only_what_changed_is_read(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	write_text("zones/c.zone", "$TTL 1\n@ SOA a b 1 2 3 4 5\n@ NS a\n$INCLUDE c.part\n");
	write_text("zones/c.part", "a A 192.0.2.1\n");
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "0 3 0 0");
	assert_null(json_object_get(reply, "results"));
	assert_int_equal(reload_with(&item, 1, true), 0);
	assert_string_equal(counts(), "3 0 0 0");

	write_zone("zones/a.zone", 2); // of the same size
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "1 2 0 0");
	assert_string_equal(listed(), "a.:served:2 b.:served:1 c.:served:1");

	let_it_age();
	write_text("zones/c.part", "a A 192.0.2.2\n");
	assert_int_equal(reload_with(&item, 1, true), 0);
	let_it_age();
	assert_int_equal(reload_with(&item, 1, true), 0);
	write_text("zones/c.part", "a A 192.0.2.3\n");
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "1 2 0 0");

	// A file that replaces another, and files that are deleted or new.
	let_it_age();
	write_zone("zones/new", 3);
	assert_int_equal(rename(path_of("zones/new"), path_of("zones/b.zone")), 0);
	assert_int_equal(unlink(path_of("zones/a.zone")), 0);
	write_zone("zones/d.zone", 1);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_int_equal(count("removed"), 1);
	assert_int_equal(count("failed"), 0);
	assert_string_equal(listed(), "b.:served:3 c.:served:1 d.:served:1");
	assert_int_equal(count("zones"), 0); // a list in this reply
}

static void test_a_file_just_written_is_read_again(void **state)
{
	struct dns_zone_conf item = {"a", path_of("zones/a"), "", ""};

	write_zone("zones/a", 1);
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "1 0 0 0");
}

static void test_a_zone_with_an_error_is_kept(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};
	const json_t *row;

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	let_it_age();
	assert_int_equal(open_with(&item, 1), 0);
	write_text("zones/a.zone", "$TTL 1\n@ SOA a b 2 2 3 4 5\n@ NS a\n@ A what\n");
	write_zone("zones/b.zone", 2);
	write_text("zones/c.zone", "");
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "1 0 0 2");
	assert_string_equal(text("error"), "2 of 3 zones have errors and stay as they were");
	row = json_array_get(json_object_get(reply, "results"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "zone")), "a.");
	assert_string_equal(json_string_value(json_object_get(row, "result")), "kept as it was");
	assert_int_equal(json_integer_value(json_object_get(row, "serial")), 1);
	assert_non_null(strstr(json_string_value(json_object_get(row, "why")), "/a.zone:4:5: A: "));
	row = json_array_get(json_object_get(reply, "results"), 1);
	assert_string_equal(json_string_value(json_object_get(row, "result")), "not served");
	assert_string_equal(listed(), "a.:older than its file:1 b.:served:2 c.:not served:0");
	assert_int_equal(run("zone-status", "A", NULL), 0);
	assert_string_equal(text("state"), "older than its file");
	assert_non_null(strstr(text("not_newer_because"), "/a.zone:4:5: A: "));

	// A zone with an error is read again until its file is right, changed or not.
	let_it_age();
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_int_equal(count("failed"), 2);
	// A reload of one zone reports in the same way.
	assert_int_equal(run("reload", "a", NULL), 0);
	assert_string_equal(counts(), "0 2 0 1");
	assert_non_null(strstr(first_reason(), "/a.zone:4:5: A: "));
	write_zone("zones/a.zone", 3);
	write_zone("zones/c.zone", 3);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(listed(), "a.:served:3 b.:served:2 c.:served:3");
}

static void test_a_configuration_that_fails_changes_nothing(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};

	write_zone("zones/a.zone", 1);
	assert_int_equal(open_with(&item, 1), 0);
	write_zone("zones/a.zone", 2);
	item.directory = path_of("none");
	assert_int_equal(reload_with(&item, 1, false), -ENOENT);
	assert_string_equal(listed(), "a.:served:1");
}

// A reload applies the new severities of checks, too.
static void test_a_reload_applies_other_checks(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a.zone")};
	struct dns_conf conf = dns_conf_of(&item, 1);
	struct dns_check_conf check = {"mx-address", 2};

	write_zone("a.zone", 1);
	assert_int_equal(open_with(&item, 1), 0);
	write_text("a.zone",
	           "$TTL 1\n@ SOA ns b 2 3 2 9 5\n@ NS ns\nns A 192.0.2.1\n@ MX 0 mail\n");
	conf.checks = (struct conf_list){&check, 1};
	reply = json_object();
	assert_int_equal(dns_service.reload(dns, &conf, false, reply, &why), 0);
	assert_non_null(strstr(first_reason(),
	                       "a.zone:5:1: a. MX names mail.a., which has no address "
	                       "(mx-address)"));
	assert_string_equal(listed(), "a.:older than its file:1");
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_int_equal(count("warnings"), 1);
	assert_string_equal(listed(), "a.:served:2");
}

static void test_zones_are_added_and_removed(void **state)
{
	static const struct {
		const char *name, *a, *b;
		int err;
		const char *listed, *why;
	} steps[] = {
	        {"zone-add", "b", "%zones/b", 0, "a.:served:1 b.:served:1", ""},
	        {"zone-add", "B.", "%zones/b", -EEXIST, "a.:served:1 b.:served:1",
	         "B. is already one of the zones, with the file "},
	        {"zone-add", "c", "zones/c", -EINVAL, "a.:served:1 b.:served:1",
	         "zones/c: give the absolute path of the file"},
	        {"zone-add", "c", "%zones/none", -EINVAL, "a.:served:1 b.:served:1", "/tmp/"},
	        {"zone-add", "..", "%zones/b", -EINVAL, "a.:served:1 b.:served:1",
	         "\"..\" is not a domain name: "},
	        {"zone-remove", "c", NULL, -ENOENT, "a.:served:1 b.:served:1",
	         "c. is not one of the zones: zones lists them, zone-add adds one"},
	        {"zone-status", "c", NULL, -ENOENT, "a.:served:1 b.:served:1",
	         "c. is not one of the zones: zones lists them, zone-add adds one"},
	        {"reload", "c", NULL, -ENOENT, "a.:served:1 b.:served:1",
	         "c. is not one of the zones, and no directory of dns.zones has a file for it: "},
	        {"zones", "b", NULL, -EINVAL, "a.:served:1 b.:served:1",
	         "to list the zones that follow a zone, use after ORIGIN"},
	        {"zones", "after", "..", -EINVAL, "a.:served:1 b.:served:1",
	         "\"..\" is not a domain name: "},
	        {"reload", "b", NULL, 0, "a.:served:1 b.:served:1", ""},
	        {"zone-remove", "a", NULL, 0, "b.:served:1", ""},
	        {"zone-add", "a", "%zones/b", 0, "a.:served:1 b.:served:1", ""},
	        {"zone-remove", "a", NULL, 0, "b.:served:1", ""},
	        {"zone-remove", "b", NULL, 0, "", ""},
	};
	struct dns_zone_conf item = {"a", path_of("zones/a"), "", ""};

	write_zone("zones/a", 1);
	write_zone("zones/b", 1);
	assert_int_equal(open_with(&item, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const char *b = steps[i].b;

		why.text[0] = '\0';
		b = b && *b == '%' ? path_of(b + 1) : b;
		assert_int_equal(run(steps[i].name, steps[i].a, b), steps[i].err);
		if (steps[i].err)
			assert_memory_equal(why.text, steps[i].why, strlen(steps[i].why));
		assert_string_equal(listed(), steps[i].listed);
	}
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(counts(), "1 0 0 0");
	assert_string_equal(listed(), "a.:served:1");
}

static void test_a_reload_keeps_zones_of_zone_add(void **state)
{
	struct dns_zone_conf items[] = {{"a", path_of("zones/a"), "", ""},
	                                {"b", path_of("zones/b"), "", ""}};

	write_zone("zones/a", 1);
	write_zone("zones/b", 1);
	let_it_age();
	assert_int_equal(open_with(items, 1), 0);
	assert_int_equal(run("zone-add", "b", path_of("zones/b")), 0);
	assert_int_equal(run("zone-status", "b", NULL), 0);
	assert_string_equal(text("named_by"), "zone-add");
	assert_int_equal(count("names"), 2);
	assert_int_equal(reload_with(items, 1, false), 0);
	assert_string_equal(counts(), "0 2 0 0");
	// Once the configuration names the zone, only the configuration removes it.
	assert_int_equal(reload_with(items, 2, false), 0);
	assert_string_equal(counts(), "0 2 0 0");
	assert_int_equal(run("zone-status", "b", NULL), 0);
	assert_string_equal(text("named_by"), "the configuration");
	assert_int_equal(reload_with(items, 1, false), 0);
	assert_string_equal(counts(), "0 1 1 0");
	assert_string_equal(listed(), "a.:served:1");
}

static void test_long_lists_are_sent_in_pages(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};
	size_t seen = 0, parts = 0;
	char last[300] = "", file[32];

	for (int i = 0; i < 2100; i++) {
		snprintf(file, sizeof(file), "zones/%c%d.zone", i % 2 ? 'A' : 'z', i);
		write_zone(file, 1);
	}
	assert_int_equal(open_with(&item, 1), 0);
	do {
		const json_t *next;

		assert_int_equal(run("zones", parts ? "after" : NULL, parts ? last : NULL), 0);
		seen += json_array_size(json_object_get(reply, "zones"));
		next = json_array_get(json_object_get(reply, "next"), 1);
		snprintf(last, sizeof(last), "%s", next ? json_string_value(next) : "");
		parts++;
	} while (*last);
	assert_int_equal(seen, 2100);
	assert_int_equal(parts, 3);
	assert_int_equal(run("zones", "after", "z"), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "zones")), 1000);
	assert_int_equal(reload_with(&item, 1, true), 0);
	assert_int_equal(count("loaded"), 2100);
	assert_int_equal(json_array_size(json_object_get(reply, "results")), 1000);
	assert_string_equal(text("left_out"),
	                    "1100 results, 0 of them failures: the log has a line for each zone, "
	                    "zones lists all, zones stale those with errors");
	// Failures are named first, however late they sort.
	write_text("zones/z2098.zone", "nonsense\n");
	assert_int_equal(reload_with(&item, 1, true), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "results")), 1000);
	assert_non_null(strstr(first_reason(), "z2098.zone:1:"));
	assert_memory_equal(text("left_out"), "1100 results, 0 of them", 23);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(text("left_out"), "");
}

static void test_numbers_stay_with_their_zones(void **state)
{
	struct dns_zone_conf items[] = {{"a", path_of("zones/a"), "", ""},
	                                {"b", path_of("zones/a"), "", ""},
	                                {"c", path_of("zones/a"), "", ""}};

	write_zone("zones/a", 1);
	assert_int_equal(open_with(items, 3), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(dns->zones.items[i]->number, i);
	assert_int_equal(reload_with(items + 1, 2, true), 0);
	assert_int_equal(dns->zones.items[0]->number, 1);
	assert_int_equal(dns->numbers_used[0], 6);
	// A new zone gets the number that is free.
	assert_int_equal(run("zone-add", "d", path_of("zones/a")), 0);
	assert_int_equal(dns->zones.items[2]->number, 0);
	assert_int_not_equal(run("zone-add", "e", path_of("zones/none")), 0);
	assert_int_equal(dns->numbers_used[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ZONES_TEST(test_invalid_entries_of_zones),
	        ZONES_TEST(test_files_of_a_directory),
	        ZONES_TEST(test_stray_files_are_reported),
	        ZONES_TEST(test_of_twins_the_served_one_stays),
	        ZONES_TEST(test_a_listing_is_no_proof_of_absence),
	        ZONES_TEST(test_files_are_replaced_while_they_are_listed),
	        ZONES_TEST(test_an_emptied_directory_needs_a_word),
	        ZONES_TEST(test_only_what_changed_is_read),
	        ZONES_TEST(test_a_file_just_written_is_read_again),
	        ZONES_TEST(test_a_zone_with_an_error_is_kept),
	        ZONES_TEST(test_a_configuration_that_fails_changes_nothing),
	        ZONES_TEST(test_a_reload_applies_other_checks),
	        ZONES_TEST(test_zones_are_added_and_removed),
	        ZONES_TEST(test_a_reload_keeps_zones_of_zone_add),
	        ZONES_TEST(test_long_lists_are_sent_in_pages),
	        ZONES_TEST(test_numbers_stay_with_their_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
