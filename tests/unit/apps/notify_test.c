// notify: what arrives at a socket in place of the service manager's, and environments that
// name none.
#include "harness.h"

#include "apps/boot/notify.h"
#include "core/host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int manager;
static struct notify notify;
static unsigned warnings;

static void sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	warnings += level == LOG_WARNING;
}

static int setup(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int len = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "wadi-notify-test-%d",
	                   (int)getpid());
	char text[64];

	warnings = 0;
	log_set_sink(sink, NULL);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	        bind(manager, (struct sockaddr *)&addr,
	             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)),
	        0);
	snprintf(text, sizeof(text), "@%s", addr.sun_path + 1);
	setenv("NOTIFY_SOCKET", text, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

static int teardown(void **state)
{
	notify_close(&notify);
	notify_close(&notify);
	close(manager);
	log_set_sink(NULL, NULL);
	return 0;
}

// The next datagram; "" when there is none.
static const char *heard(void)
{
	static char text[256];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_each_state_is_sent(void **state)
{
	char ready[64];

	snprintf(ready, sizeof(ready), "MAINPID=%d\nREADY=1", (int)getpid());
	notify_open(&notify);
	notify_ready(&notify);
	assert_string_equal(heard(), ready);
	notify_reloading(&notify);
	assert_non_null(strstr(heard(), "RELOADING=1\nMONOTONIC_USEC="));
	notify_reloaded(&notify);
	assert_string_equal(heard(), "READY=1");
	notify_alive(&notify);
	assert_string_equal(heard(), "WATCHDOG=1");
	notify_stopping(&notify, 7000);
	assert_string_equal(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=7000");
	assert_string_equal(heard(), "");
	assert_int_equal(notify.watchdog_us, 0);
}

// A reload may take longer than the manager waits for a sign of life.
static void test_a_watchdog_waits_for_a_reload(void **state)
{
	setenv("WATCHDOG_USEC", "5000000", 1);
	notify_open(&notify);
	assert_int_equal(notify.watchdog_us, 5 * SEC_US);
	notify_reloading(&notify);
	heard();
	assert_string_equal(heard(), "WATCHDOG_USEC=3600000000");
	notify_reloaded(&notify);
	heard();
	assert_string_equal(heard(), "WATCHDOG_USEC=5000000");
}

static void test_a_watchdog_of_another_process(void **state)
{
	setenv("WATCHDOG_USEC", "5000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_open(&notify);
	assert_int_equal(notify.watchdog_us, 0);
}

static void test_environments_that_name_no_socket(void **state)
{
	static const struct {
		const char *text;
		unsigned warnings;
	} cases[] = {{"", 0}, {"relative", 1}, {"@", 1}, {"vsock:2:1", 1}};
	char longest[200];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		warnings = 0;
		setenv("NOTIFY_SOCKET", cases[i].text, 1);
		notify_open(&notify);
		assert_int_equal(warnings, cases[i].warnings);
		notify_ready(&notify);
		notify_close(&notify);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	notify_open(&notify);
	unsetenv("NOTIFY_SOCKET");
	notify_open(&notify);
	notify_ready(&notify);
	assert_string_equal(heard(), "");
}

// Of a boot that is all zeros, too.
static void test_nothing_is_sent_to_a_manager_that_is_none(void **state)
{
	notify = (struct notify){.fd = 0};
	notify_ready(&notify);
	notify_close(&notify);
	// Gone in the meantime.
	notify_open(&notify);
	close(manager);
	notify_alive(&notify);
	manager = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_each_state_is_sent, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_watchdog_waits_for_a_reload, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_a_watchdog_of_another_process, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_environments_that_name_no_socket, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_nothing_is_sent_to_a_manager_that_is_none,
	                                        setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
