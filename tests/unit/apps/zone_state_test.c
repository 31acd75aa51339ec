// zone_state: what zone-add and zone-remove change outlasts the server, whatever happens while the
// file is written; and a new file of a directory is taken alone.
#include "zones_run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int state_setup(void **state)
{
	int err = setup(state);

	state_directory = strdup(path_of("state"));
	return err ? err : mkdir(state_directory, 0700);
}

static int state_teardown(void **state)
{
	free((void *)(uintptr_t)state_directory);
	return teardown(state);
}

static const char *held(void)
{
	static char bytes[4096];
	FILE *in = fopen(path_of("state/zones"), "r");
	size_t len = in ? fread(bytes, 1, sizeof(bytes) - 1, in) : 0;

	if (in)
		fclose(in);
	bytes[len] = '\0';
	return bytes;
}

// Ends the server without a word, and starts it again.
static void restart(const struct dns_zone_conf *items, size_t len)
{
	dns_service.close(dns);
	dns = NULL;
	assert_int_equal(open_with(items, len), 0);
}

static void test_zones_outlast_the_server(void **state)
{
	static const struct {
		const char *name, *args[4], *listed, *after; // and what a restart serves
	} steps[] = {
	        {"zone-add", {"b", "%b"}, "a.:served:1 b.:served:2", NULL},
	        {"zone-add",
	         {"c.d", "%b", "temporary"},
	         "a.:served:1 b.:served:2 c.d.:served:2",
	         "a.:served:1 b.:served:2"},
	        {"zone-remove", {"b"}, "a.:served:1", NULL},
	        {"zone-add", {"e\\032f", "%b"}, "a.:served:1 e\\032f.:served:2", NULL},
	        {"zone-remove", {"a"}, "e\\032f.:served:2", NULL},
	        {"zone-add",
	         {"a", "%b", "temporary"},
	         "a.:served:2 e\\032f.:served:2",
	         "e\\032f.:served:2"},
	        {"zone-add",
	         {"A", "%b"},
	         "a.:served:2 e\\032f.:served:2",
	         "a.:served:1 e\\032f.:served:2"}, // the configuration names it
	};
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_zone("a", 1);
	write_zone("b", 2);
	assert_int_equal(open_with(&item, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const char *args[4];
		unsigned len = 0;

		for (; len < 4 && steps[i].args[len]; len++)
			args[len] = steps[i].args[len][0] == '%' ? path_of(steps[i].args[len] + 1)
			                                         : steps[i].args[len];
		if (run_args(steps[i].name, args, len) != 0)
			fail_msg("%s", why.text);
		assert_string_equal(text("lasts"), "");
		assert_string_equal(listed(), steps[i].listed);
		restart(&item, 1);
		assert_string_equal(listed(), steps[i].after ? steps[i].after : steps[i].listed);
		assert_int_equal(access(path_of("state/zones.new"), F_OK), -1);
	}
}

// A reload serves what was added and not what was removed, as a restart does.
static void test_a_reload_agrees(void **state)
{
	struct dns_zone_conf item = {"", "", path_of("zones"), "*.zone"};

	write_zone("zones/a.zone", 1);
	write_zone("zones/b.zone", 1);
	write_zone("c", 1);
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(run("zone-remove", "a", NULL) | run("zone-add", "c", path_of("c")), 0);
	assert_int_equal(reload_with(&item, 1, false), 0);
	assert_string_equal(listed(), "b.:served:1 c.:served:1");
	assert_int_equal(run("reload", "a", NULL), -ENOENT);
	assert_string_equal(why.text, "a. was removed by zone-remove; zone-add adds it");
}

static void test_without_a_directory_it_is_said(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	free((void *)(uintptr_t)state_directory);
	state_directory = NULL;
	write_zone("a", 1);
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(run("zone-add", "b", path_of("a")), 0);
	assert_string_equal(text("lasts"),
	                    "until the server stops: dns.state_directory is not set");
}

static void test_arguments_of_zone_add(void **state)
{
	static const struct {
		const char *args[4];
		unsigned len;
	} cases[] = {
	        {{"b", "temporary"}, 2},
	        {{"b", "/a", "image"}, 3},
	        {{"b", "image", "/a", "forever"}, 4},
	        {{"b", "/a\nfile x. /b"}, 2},
	};
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_zone("a", 1);
	assert_int_equal(open_with(&item, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(run_args("zone-add", cases[i].args, cases[i].len), -EINVAL);
	assert_string_equal(held(), "");
}

// A disk that is full is found before anything changes, and named.
static void test_a_full_disk(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};
	struct rlimit before, none = {0, 0};
	char first[4096], want[300];

	write_zone("a", 1);
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(run("zone-add", "b", path_of("a")), 0);
	snprintf(first, sizeof(first), "%s", held());
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none); // write fails with EFBIG as with ENOSPC
	assert_int_equal(run("zone-add", "c", path_of("a")), -EFBIG);
	snprintf(want, sizeof(want),
	         "dns.state_directory: %s cannot be written: File too large; nothing has changed",
	         path_of("state/zones.new"));
	assert_string_equal(why.text, want);
	assert_int_equal(run("zone-remove", "b", NULL), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_string_equal(listed(), "a.:served:1 b.:served:1");
	assert_string_equal(held(), first);
	restart(&item, 1);
	assert_string_equal(listed(), "a.:served:1 b.:served:1");
}

// A zone that cannot be read leaves no trace.
static void test_a_zone_that_is_refused(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_zone("a", 1);
	assert_int_equal(open_with(&item, 1), 0);
	assert_int_equal(run("zone-add", "b", path_of("none")), -EINVAL);
	assert_string_equal(held(), "");
	assert_int_equal(access(path_of("state/zones.new"), F_OK), -1);
}

// What a crash leaves: half a new file beside the old one; and lines that mean nothing.
static void test_a_file_as_a_crash_leaves_it(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};
	char lines[1024];

	write_zone("a", 1);
	snprintf(lines, sizeof(lines),
	         "# x\n\nfile b. %s\nfile\nfile c. relative\nfile .. /x\nwhat d. /x\nremoved\n"
	         "removed a. x\nimage e.\nfile b. %s\nfile f. %s",
	         path_of("a"), path_of("a"), path_of("a"));
	write_text("state/zones", lines);
	write_text("state/zones.new", "file g. /");
	assert_int_equal(open_with(&item, 1), 0);
	assert_string_equal(listed(), "a.:served:1 b.:served:1 f.:served:1");
	assert_int_equal(run("zone-remove", "b", NULL), 0);
	snprintf(lines, sizeof(lines),
	         "# Zones of zone-add and zone-remove. wadi-dns replaces this file.\nfile f. %s\n",
	         path_of("a"));
	assert_string_equal(held(), lines);
	// A file that cannot be read at all is no reason to serve less than was asked for.
	dns_service.close(dns);
	dns = NULL;
	assert_int_equal(unlink(path_of("state/zones")) | mkdir(path_of("state/zones"), 0700), 0);
	assert_int_equal(open_with(&item, 1), -EISDIR);
	assert_non_null(strstr(why.text, "state/zones cannot be read: Is a directory"));
}

static void add_until_killed(const struct dns_zone_conf *item, int confirm)
{
	char name[16];

	if (open_with(item, 1) != 0)
		_exit(1);
	for (unsigned n = 0;; n++) {
		snprintf(name, sizeof(name), "b%u", n);
		if (run("zone-add", name, path_of("a")) != 0 || write(confirm, "", 1) != 1)
			_exit(1);
	}
}

// Killed at any instant, the server starts again with all that it confirmed.
static void test_kills(void **state)
{
	struct dns_zone_conf item = {"a", path_of("a"), "", ""};

	write_zone("a", 1);
	for (unsigned i = 0; i < 30; i++) {
		unsigned confirmed = 0;
		int fds[2];
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		unlink(path_of("state/zones"));
		child = fork();
		if (child == 0) {
			close(fds[0]);
			add_until_killed(&item, fds[1]);
		}
		close(fds[1]);
		usleep(3000 * i);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(fds[0], (char[1]){0}, 1) == 1)
			confirmed++;
		close(fds[0]);
		assert_int_equal(open_with(&item, 1), 0);
		// The last command may have been done and not confirmed.
		assert_in_range(dns->zones.len, confirmed + 1, confirmed + 2);
		dns_service.close(dns);
		dns = NULL;
	}
}

// One new file among many: only it is read.
static void test_a_new_file_is_taken_alone(void **state)
{
	struct dns_zone_conf items[] = {{"", "", path_of("zones"), "*.zone"},
	                                {"", "", path_of("zones"), "*.other"}};

	write_zone("zones/a.zone", 1);
	assert_int_equal(open_with(items, 2), 0);
	write_zone("zones/a.zone", 2);
	write_zone("zones/New.Example.other", 5);
	write_zone("zones/new.example.other", 6);
	write_text("zones/bad.zone", "what");
	assert_int_equal(run("reload", "NEW.example.", NULL), 0);
	assert_string_equal(counts(), "1 1 0 0");
	assert_string_equal(listed(), "a.:served:1 new.example.:served:6");
	assert_int_equal(run("reload", "bad", NULL), -EINVAL);
	assert_non_null(strstr(why.text, "/zones/bad.zone:1:"));
	assert_int_equal(run("reload", "none", NULL), -ENOENT);
	assert_int_equal(run("reload", "..", NULL), -ENOENT);
	assert_string_equal(listed(), "a.:served:1 new.example.:served:6");
	let_it_age();
	assert_int_equal(reload_with(items, 2, false), 0);
	assert_string_equal(listed(), "a.:served:2 bad.:not served:0 new.example.:served:6");
}

#define STATE_TEST(fn) cmocka_unit_test_setup_teardown(fn, state_setup, state_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        STATE_TEST(test_zones_outlast_the_server),
	        STATE_TEST(test_a_reload_agrees),
	        STATE_TEST(test_without_a_directory_it_is_said),
	        STATE_TEST(test_arguments_of_zone_add),
	        STATE_TEST(test_a_full_disk),
	        STATE_TEST(test_a_zone_that_is_refused),
	        STATE_TEST(test_a_file_as_a_crash_leaves_it),
	        STATE_TEST(test_kills),
	        STATE_TEST(test_a_new_file_is_taken_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
