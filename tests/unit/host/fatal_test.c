// fatal: processes that fault, and what they said before.
#include "harness.h"

#include "core/host/fatal.h"
#include "core/host/feature.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char report[16384];
static int ended_by, exited_with;

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

// The way of a process to its end.
enum end { END_FAULT, END_ABORT, END_SENT, END_HANDLED, END_STACK };

static volatile int depth;

// Without an end: the stack is used up.
static NOINLINE int sink_deeper(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	depth = n;
	return n < 0 ? room[0] : sink_deeper(n + 1) + room[0];
}

// Has the packet in a register when it faults, as an engine has that on which it works.
static NOINLINE void fault(enum end end, struct pkt *pkt)
{
	switch (end) {
	case END_FAULT:
		*(struct pkt *volatile *)(uintptr_t)0x10 = pkt;
		break;
	case END_ABORT:
		abort();
	case END_SENT:
	case END_HANDLED:
		kill(getpid(), SIGSEGV);
		break;
	case END_STACK:
		sink_deeper(1);
		break;
	}
}

static void on_signal(int number)
{
	_exit(40 + number);
}

static _Noreturn void child(int fd, enum end end)
{
	static struct trace_ring *ring;
	static struct pipeline pipeline;
	struct trace trace = {.ring = NULL};
	struct pkt *pkts[2];
	struct fatal_thread self = {.name = "worker7", .trace = &trace, .pipeline = &pipeline};
	const struct rlimit none = {0, 0}, small = {1 << 20, 1 << 20};

	if (harness_setup(NULL))
		_exit(1);
	pkts[0] = harness_pkt("another", 7);
	pkts[1] = harness_pkt("a query", 7);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_STACK, &small);
	ring = aligned_alloc(CACHE_LINE_BYTES, sizeof(*ring) + 64 * sizeof(uint64_t));
	memset(ring, 0, sizeof(*ring) + 64 * sizeof(uint64_t));
	trace_init(&trace, ring, 64, (mono_t){5});
	trace_turn(&trace, (mono_t){77});
	trace_add(&trace, TRACE_DROP, DROP_UDP_CKSUM, 42);
	trace_add(&trace, TRACE_LINK, 3, 4);
	pipeline.step = PIPELINE_INPUT;
	pipeline.burst = pkts;
	pipeline.burst_len = 2;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) // cmocka's handlers go on after a fault
		signal(signals[i], end == END_HANDLED ? on_signal : SIG_DFL);
	fatal_init("fatal_test", fd);
	fatal_enter(&self);
	fault(end, pkts[1]);
	_exit(0);
}

static void run(enum end end)
{
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(fds[1], end);
	close(fds[1]);
	while ((n = read(fds[0], report + len, sizeof(report) - 1 - len)) > 0)
		len += (size_t)n;
	report[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	exited_with = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void says(const char *text)
{
	if (!strstr(report, text))
		fail_msg("'%s' is not in: %s", text, report);
}

static void test_a_fault_is_reported(void **state)
{
	run(END_FAULT);
	assert_int_equal(ended_by, SIGSEGV);
	says("fatal_test: fatal: SIGSEGV at address 0x10 in thread ");
	says(", worker7, in stage input\n");
	says("fatal: code, for addr2line -f -e fatal_test: ");
	says("fatal: trace: time 77 us\n");
	says("fatal: trace: drop udp.cksum 42\n");
	says("fatal: trace: link 3 4\n");
	says("fatal: packet 1 of 2, 7 bytes: 616e6f74686572\n");
	says("fatal: packet 2 of 2, in a register, 7 bytes: 61207175657279\n");
}

static void test_an_assertion_is_reported(void **state)
{
	run(END_ABORT);
	assert_int_equal(ended_by, SIGABRT);
	says("fatal: SIGABRT sent by process ");
	says("packet 1 of 2");
}

static void test_a_signal_that_was_sent_has_its_effect(void **state)
{
	run(END_SENT);
	assert_int_equal(ended_by, SIGSEGV);
	says("fatal: SIGSEGV sent by process ");
}

// As process 1 of a guest has it, for whom the default effect is none.
static void test_a_handler_of_before_has_its_effect(void **state)
{
	run(END_HANDLED);
	assert_int_equal(exited_with, 40 + SIGSEGV);
	says("fatal: SIGSEGV sent by process ");
}

static void test_a_stack_that_is_used_up_is_reported(void **state)
{
	run(END_STACK);
	assert_int_equal(ended_by, SIGSEGV);
	says("fatal: SIGSEGV at address 0x");
	says("packet 1 of 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_fault_is_reported),
	        cmocka_unit_test(test_an_assertion_is_reported),
	        cmocka_unit_test(test_a_signal_that_was_sent_has_its_effect),
	        cmocka_unit_test(test_a_handler_of_before_has_its_effect),
	        cmocka_unit_test(test_a_stack_that_is_used_up_is_reported),
	};

	if (FEATURE_SANITIZERS) // they report faults themselves
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
