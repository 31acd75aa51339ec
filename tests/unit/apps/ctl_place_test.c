// ctl_place: where wadi-ctl finds the appliance that is not named: one socket, none,
// several, and those that dead processes left.
#include "harness.h"

#include "apps/ctl/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64], place[PLACE_BYTES];
static int servers[4];
static size_t servers_len;
static struct why why;

static int setup(void **state)
{
	servers_len = 0;
	strcpy(folder, "/tmp/wadi-place-XXXXXX");
	return mkdtemp(folder) ? 0 : -errno;
}

// The path of a name in the folder.
static const char *in(const char *name)
{
	static char path[100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int teardown(void **state)
{
	while (servers_len)
		close(servers[--servers_len]);
	unlink(in("a.sock"));
	unlink(in("b.sock"));
	unlink(in("file"));
	return rmdir(folder);
}

static void serve(const char *name, bool alive)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", in(name));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 5), 0);
	if (alive)
		servers[servers_len++] = fd;
	else
		close(fd);
}

static void find(int err)
{
	why.text[0] = '\0';
	assert_int_equal(place_find_in(folder, place, "status", &why), err);
}

static void test_none(void **state)
{
	find(-ENOENT);
	assert_non_null(strstr(why.text, folder));
	assert_non_null(
	        strstr(why.text, ": start one, such as wadi-dns -c FILE, or give the path "));
	serve("a.sock", false);
	find(-ENOENT);
	assert_non_null(strstr(why.text, "/a.sock is of one that no longer runs: start one"));
	assert_int_equal(place_find_in("/nowhere", place, "status", &why), -ENOENT);
}

static void test_one_that_runs(void **state)
{
	int fd = open(in("file"), O_CREAT | O_WRONLY, 0600);

	close(fd);
	serve("a.sock", true);
	serve("b.sock", false);
	find(0);
	assert_string_equal(place, in("a.sock"));
}

static void test_several_are_listed(void **state)
{
	char expected[512];

	serve("b.sock", true);
	serve("a.sock", true);
	find(-EEXIST);
	snprintf(expected, sizeof(expected),
	         "2 appliances run; say which one:\n  wadi-ctl %s/a.sock status\n"
	         "  wadi-ctl %s/b.sock status",
	         folder, folder);
	assert_string_equal(why.text, expected);
}

static void test_the_environment(void **state)
{
	serve("a.sock", true);
	setenv("WADI_CTL", folder, 1);
	assert_int_equal(place_find(place, "status", &why), 0);
	assert_string_equal(place, in("a.sock"));
	setenv("WADI_CTL", "xen:ns1", 1);
	assert_int_equal(place_find(place, "status", &why), 0);
	assert_string_equal(place, "xen:ns1");
	unsetenv("WADI_CTL");
}

static void test_what_is_a_place(void **state)
{
	static const struct {
		const char *word;
		bool named;
	} cases[] = {
	        {"status", false}, {"zone-add", false}, {"/run/x", true},
	        {"./x", true},     {"dns.sock", true},  {".sock", true},
	        {"xen:ns1", true}, {"xen", false},      {"reload", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(place_is_named(cases[i].word), cases[i].named);
}

#define PLACE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PLACE_TEST(test_none),
	        PLACE_TEST(test_one_that_runs),
	        PLACE_TEST(test_several_are_listed),
	        PLACE_TEST(test_the_environment),
	        cmocka_unit_test(test_what_is_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
