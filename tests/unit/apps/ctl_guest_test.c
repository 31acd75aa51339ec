// ctl_guest: the way from a guest's name to its console's terminal, by a store that
// holds what it should, and what it should not.
#include "harness.h"

#include "apps/ctl/guest.h"
#include "backends/xen/store.h"
#include "store_fake.h"

#include <errno.h>
#include <stdio.h>

static struct store_fake *fake;
static struct store *store;
static char tty[GUEST_TTY_BYTES];
static struct why why;

static int setup(void **state)
{
	fake = store_fake_open();
	store = store_open(store_fake_connect(fake, 0));
	store_fake_set(fake, "/local/domain/0/name", "Domain-0");
	store_fake_set(fake, "/local/domain/3/name", "ns1");
	store_fake_set(fake, "/local/domain/3/console/tty", "/dev/pts/4");
	store_fake_set(fake, "/local/domain/12/name", "ns2");
	store_fake_set(fake, "/local/domain/12/console/tty", "/dev/pts/17");
	return store ? 0 : -1;
}

static int teardown(void **state)
{
	store_close(store);
	store_fake_close(fake);
	return 0;
}

static void found(const char *guest, const char *path)
{
	assert_int_equal(guest_find(store, guest, tty, &why), 0);
	assert_string_equal(tty, path);
}

static void not_found(const char *guest, int err, const char *sentence)
{
	assert_int_equal(guest_find(store, guest, tty, &why), err);
	assert_string_equal(why.text, sentence);
}

static void by_its_name_or_number(void **state)
{
	found("ns1", "/dev/pts/4");
	found("ns2", "/dev/pts/17");
	found("3", "/dev/pts/4");
	store_fake_set(fake, "/local/domain/5/name", "123456"); // no number of a domain
	store_fake_set(fake, "/local/domain/5/console/tty", "/dev/pts/0");
	found("123456", "/dev/pts/0");
}

static void who_is_not_there_is_told(void **state)
{
	not_found("ns", -ENOENT, "there is no guest called ns; xl list shows those that run");
	not_found("", -ENOENT, "there is no guest called ; xl list shows those that run");
	not_found("4", -ENOENT,
	          "xenstore /local/domain/4/console/tty cannot be read: does the guest run, and "
	          "xenconsoled?");
	store_fake_set(fake, "/local/domain/13/name", "ns2");
	not_found("ns2", -ENOENT, "more than one guest is called ns2: give its number");
	store_fake_remove(fake, "/local/domain/3/console");
	not_found("ns1", -ENOENT,
	          "xenstore /local/domain/3/console/tty cannot be read: does the guest run, and "
	          "xenconsoled?");
}

static void only_a_terminal_is_opened(void **state)
{
	static const char *const bad[] = {"",
	                                  "/dev/mem",
	                                  "/dev/pts/",
	                                  "/dev/pts/../mem",
	                                  "/dev/pts/4x",
	                                  "dev/pts/4",
	                                  "/dev/pts/4/../../mem"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		store_fake_set(fake, "/local/domain/3/console/tty", bad[i]);
		not_found("ns1", -EINVAL, "xenstore /local/domain/3/console/tty is no terminal");
	}
	store_fake_set(fake, "/local/domain/3/console/tty",
	               "/dev/pts/00000000000000000000000000000000000000000000000000000000000004");
	not_found("ns1", -E2BIG,
	          "xenstore /local/domain/3/console/tty cannot be read: Argument list too long");
}

static void strange_domains_are_passed_over(void **state)
{
	store_fake_set(fake, "/local/domain/3x/name", "ns1");
	store_fake_set(fake, "/local/domain/1234567/name", "ns1");
	store_fake_set(fake, "/local/domain/7/no-name", "ns1");
	found("ns1", "/dev/pts/4");
}

static void a_lying_store_is_told(void **state)
{
	store_fake_lie(fake, STORE_FAKE_TYPE);
	not_found("ns1", -EPROTO,
	          "xenstore /local/domain cannot be read: Protocol error; are we in dom0?");
}

#define GUEST_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        GUEST_TEST(by_its_name_or_number),     GUEST_TEST(who_is_not_there_is_told),
	        GUEST_TEST(only_a_terminal_is_opened), GUEST_TEST(strange_domains_are_passed_over),
	        GUEST_TEST(a_lying_store_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
