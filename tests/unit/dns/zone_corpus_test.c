// zone_corpus: the zones of tests/zones, broken and sound ones. The reports expected for each are
// in the file NAME.expected: LINE:COLUMN: [warning: ]TEXT (CODE). All must be reported, also if the
// file has other errors.
#include "zones.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

// At this time the corpus's signatures are valid: 2021-02-01.
#define NOW_S 1612137600

static const char *folder;
static char reports[1 << 16], expected[1 << 16];
static unsigned errors, found[ZONE_CHECKS_LEN];

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

// The file that is read is named where it is not the zone's own.
static void on_report(void *ctx, const struct zone_report *report)
{
	const char *file = ctx, *own = name_of(report->file);
	size_t len = strlen(reports);

	assert_true(len + 512 < sizeof(reports));
	snprintf(reports + len, sizeof(reports) - len, "%s%s%u:%u: %s%s (%s)\n",
	         strcmp(own, file) == 0 ? "" : own, strcmp(own, file) == 0 ? "" : ":", report->line,
	         report->column, report->warning ? "warning: " : "", report->text,
	         zone_checks[report->check].code);
	errors += !report->warning;
	found[report->check]++;
}

// Reads up to size - 1 bytes and adds a zero; false when the file does not exist.
static bool read_text(const char *path, char *text, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t len;

	if (!in)
		return false;
	len = fread(text, 1, size - 1, in);
	text[len] = 0;
	fclose(in);
	return true;
}

// The origin: from the first line, "; origin NAME", or example.org.
static struct dns_name origin_of(const char *path)
{
	char line[300] = "", name[256] = "example.org.";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	if (fgets(line, sizeof(line), in))
		sscanf(line, "; origin %255s", name);
	fclose(in);
	return message_name(name);
}

static bool check_file(const char *file)
{
	const struct zone_options options = {.hash_key = 1, .now_s = NOW_S};
	char path[1024];
	struct dns_name origin;
	struct zone *zone;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	origin = origin_of(path);
	reports[0] = expected[0] = 0;
	errors = 0;
	zone = zone_load(path, origin.wire, &options, on_report, (void *)(uintptr_t)file);
	assert_true((zone != NULL) == (errors == 0));
	zone_put(zone);
	snprintf(strrchr(path, '.'), 16, ".expected");
	good = read_text(path, expected, sizeof(expected)) && strcmp(expected, reports) == 0;
	if (!good)
		print_error("%s: got\n%sand expected\n%s", file, reports, expected);
	return good;
}

static int is_zone(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".zone") == 0;
}

static unsigned check_folder(const char *path)
{
	struct dirent **entries;
	int len = scandir(path, &entries, is_zone, alphasort);
	unsigned wrong = 0;

	assert_true(len > 0);
	folder = path;
	for (int i = 0; i < len; i++) {
		wrong += !check_file(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	assert_int_equal(wrong, 0);
	return (unsigned)len;
}

static const char *broken, *sound;

static void test_broken_zones(void **state)
{
	assert_true(check_folder(broken) >= 60);
}

static void test_sound_zones(void **state)
{
	check_folder(sound);
}

// Checks that no zone file provokes by itself; zone_test, zones_test and zone_change_test do.
static bool is_made_elsewhere(unsigned check)
{
	static const enum zone_check_code elsewhere[] = {
	        ZONE_CHECK_UNREAD,        ZONE_CHECK_TOO_MANY,    ZONE_CHECK_TOO_LARGE,
	        ZONE_CHECK_BEING_WRITTEN, ZONE_CHECK_IMAGE_STALE, ZONE_CHECK_FILE_NAME,
	        ZONE_CHECK_FILE_TWIN,     ZONE_CHECK_NO_FILES,    ZONE_CHECK_SERIAL_LOWER,
	        ZONE_CHECK_SERIAL_SAME,
	};

	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if (elsewhere[i] == check)
			return true;
	return false;
}

static void test_each_check_was_made(void **state)
{
	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++)
		if (!found[i] && !is_made_elsewhere(i))
			fail_msg("no zone is at fault for %s", zone_checks[i].code);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_broken_zones),
	        POOL_TEST(test_sound_zones),
	        POOL_TEST(test_each_check_was_made),
	};

	if (argc != 3)
		return 2;
	broken = argv[1];
	sound = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
