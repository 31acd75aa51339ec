// fatal: see the header. The handler calls only what POSIX lets a signal handler call, and what
// glibc's backtrace() does once it has loaded its library, which fatal_init has it do.
#include "core/host/fatal.h"

#include "core/drop.h"
#include "core/host/feature.h"

#include <elf.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define FRAMES_MAX 48
#define LINE_BYTES 1024

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

extern const ElfW(Ehdr) __ehdr_start; // of the executable; the linker's
extern const char etext;              // the end of its code

static struct {
	const char *program;
	int fd;
	uintptr_t base; // what addr2line is not to be given of an address
	struct sigaction before[ARRAY_LEN(fatal_signals)];
	atomic_flag reported;
} fatal;

static _Thread_local struct fatal_thread *fatal_self;

// A line that is put together without printf.
struct line {
	size_t len;
	char text[LINE_BYTES];
};

static void line_add(struct line *line, const char *text)
{
	size_t len = size_min(strlen(text), sizeof(line->text) - 1 - line->len);

	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void line_add_number(struct line *line, uint64_t number, unsigned radix)
{
	char digits[24], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = "0123456789abcdef"[number % radix];
	while (number /= radix);
	line_add(line, at);
}

static void line_begin(struct line *line)
{
	line->len = 0;
	line_add(line, fatal.program);
	line_add(line, ": fatal: ");
}

static void line_end(struct line *line)
{
	line->text[line->len++] = '\n';
	(void)!write(fatal.fd, line->text, line->len);
}

static const char *signal_name(int number)
{
	switch (number) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGILL:
		return "SIGILL";
	case SIGFPE:
		return "SIGFPE";
	default:
		return "SIGABRT";
	}
}

static void print_signal(const siginfo_t *info)
{
	struct line line;

	line_begin(&line);
	line_add(&line, signal_name(info->si_signo));
	if (info->si_code <= 0) {
		line_add(&line, " sent by process ");
		line_add_number(&line, (uint64_t)info->si_pid, 10);
	} else {
		line_add(&line, " at address 0x");
		line_add_number(&line, (uintptr_t)info->si_addr, 16);
	}
	line_add(&line, " in thread ");
	line_add_number(&line, (uint64_t)gettid(), 10);
	if (fatal_self) {
		line_add(&line, ", ");
		line_add(&line, fatal_self->name);
	}
	if (fatal_self && fatal_self->pipeline) {
		uint8_t step =
		        atomic_load_explicit(&fatal_self->pipeline->step, memory_order_relaxed);

		line_add(&line, ", in stage ");
		line_add(&line, pipeline_step_name((enum pipeline_step)step));
	}
	line_end(&line);
}

// Addresses of the executable as addr2line takes them; those of libraries as they are.
static void print_code(void)
{
	void *frames[FRAMES_MAX];
	int len = backtrace(frames, FRAMES_MAX);
	struct line line;

	line_begin(&line);
	line_add(&line, "code, for addr2line -f -e ");
	line_add(&line, fatal.program);
	line_add(&line, ":");
	for (int i = 0; i < len; i++) {
		uintptr_t at = (uintptr_t)frames[i];
		bool own = at >= (uintptr_t)&__ehdr_start && at < (uintptr_t)&etext;

		line_add(&line, own ? " 0x" : " lib:0x");
		line_add_number(&line, own ? at - fatal.base : at, 16);
	}
	line_end(&line);
}

// Those of services have no name here.
static void add_drop(struct line *line, uint64_t drop)
{
	if (drop < DROP_COUNT)
		line_add(line, drop_name((enum drop)drop));
	else
		line_add_number(line, drop, 10);
}

static void print_record(uint64_t record)
{
	uint16_t event = trace_event_of(record);
	struct line line;

	line_begin(&line);
	line_add(&line, "trace: ");
	line_add(&line, trace_event_name(event));
	line_add(&line, " ");
	if (event == TRACE_TIME) {
		line_add_number(&line, trace_time_us(record), 10);
		line_add(&line, " us");
	} else if (event == TRACE_DROP) {
		add_drop(&line, record >> 16 & UINT16_MAX);
		line_add(&line, " ");
		line_add_number(&line, record >> 32, 10);
	} else {
		line_add_number(&line, record >> 16 & UINT16_MAX, 10);
		line_add(&line, " ");
		line_add_number(&line, record >> 32, 10);
	}
	line_end(&line);
}

static void print_trace(const struct trace *trace)
{
	const struct trace_ring *ring = trace->ring;
	uint64_t head, from;

	if (!ring)
		return;
	head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	from = head > FATAL_RECORDS ? head - FATAL_RECORDS : 0;
	for (; from < head; from++)
		print_record(atomic_load_explicit(&ring->record[from & trace->mask],
		                                  memory_order_relaxed));
}

// Whether a register of the thread has the address of the packet or within it, as they have of
// what an engine works on. Compared only: nothing that a register holds is followed.
static bool is_in_register(const struct pkt *pkt, const ucontext_t *context)
{
	const uint8_t *words = (const uint8_t *)&context->uc_mcontext;

	for (size_t i = 0; i + sizeof(uintptr_t) <= sizeof(context->uc_mcontext);
	     i += sizeof(uintptr_t)) {
		uintptr_t word;

		memcpy(&word, words + i, sizeof(word));
		if (word == (uintptr_t)pkt || word - (uintptr_t)pkt->page < PAGE_BYTES)
			return true;
	}
	return false;
}

static void print_pkt(const struct pkt *pkt, unsigned number, unsigned len,
                      const ucontext_t *context)
{
	size_t begin = pkt->l2 ? pkt->l2 : pkt->off; // not handled yet: no layer is found
	size_t end = size_min((size_t)pkt->off + pkt->len, PAGE_BYTES);
	size_t len_bytes = end > begin ? end - begin : 0, n = size_min(len_bytes, FATAL_PKT_BYTES);
	const uint8_t *bytes = pkt->page + begin;
	struct line line;

	line_begin(&line);
	line_add(&line, "packet ");
	line_add_number(&line, number, 10);
	line_add(&line, " of ");
	line_add_number(&line, len, 10);
	line_add(&line, is_in_register(pkt, context) ? ", in a register, " : ", ");
	line_add_number(&line, len_bytes, 10);
	line_add(&line, " bytes: ");
	for (size_t i = 0; i < n; i++) {
		const char hex[] = {"0123456789abcdef"[bytes[i] >> 4],
		                    "0123456789abcdef"[bytes[i] & 15], '\0'};

		line_add(&line, hex);
	}
	line_end(&line);
}

// The burst lies on the worker's stack while its packets are handled; what was answered in
// place is the reply by now.
static void print_burst(const struct pipeline *pipeline, const ucontext_t *context)
{
	if (atomic_load_explicit(&pipeline->step, memory_order_relaxed) != PIPELINE_INPUT)
		return;
	for (unsigned i = 0; i < pipeline->burst_len && i < PIPELINE_BURST; i++)
		print_pkt(pipeline->burst[i], i + 1, pipeline->burst_len, context);
}

static void restore(int number)
{
	for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
		if (fatal_signals[i] == number)
			sigaction(number, &fatal.before[i], NULL);
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
	struct timespec wait = {.tv_sec = 2};

	// A second thread lets the first one finish its report.
	if (atomic_flag_test_and_set(&fatal.reported)) {
		nanosleep(&wait, NULL);
		return;
	}
	print_signal(info);
	print_code();
	if (fatal_self && fatal_self->trace)
		print_trace(fatal_self->trace);
	if (fatal_self && fatal_self->pipeline)
		print_burst(fatal_self->pipeline, context);
	// What the thread did itself it does again, and this handler is gone: a core dump shows
	// the registers of the fault. A signal that was sent is sent again.
	restore(number);
	if (info->si_code <= 0)
		raise(number);
}

void fatal_init(const char *program, int fd)
{
	struct sigaction action = {.sa_sigaction = on_fatal,
	                           .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
	void *frame;

	if (FEATURE_SANITIZERS)
		return;
	fatal.program = program;
	fatal.fd = fd;
	fatal.base = __ehdr_start.e_type == ET_DYN ? (uintptr_t)&__ehdr_start : 0;
	(void)backtrace(&frame, 1);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
		sigaction(fatal_signals[i], &action, &fatal.before[i]);
}

void fatal_enter(struct fatal_thread *thread)
{
	stack_t stack = {.ss_size = FATAL_STACK_BYTES};

	if (FEATURE_SANITIZERS)
		return;
	thread->stack = malloc(FATAL_STACK_BYTES);
	stack.ss_sp = thread->stack;
	if (thread->stack)
		sigaltstack(&stack, NULL);
	fatal_self = thread;
}

void fatal_leave(struct fatal_thread *thread)
{
	const stack_t none = {.ss_flags = SS_DISABLE};

	if (FEATURE_SANITIZERS)
		return;
	fatal_self = NULL;
	sigaltstack(&none, NULL);
	free(thread->stack);
	thread->stack = NULL;
}
