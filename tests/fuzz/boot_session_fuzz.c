// boot_session: bytes of a tool's session with an appliance that has one port and an
// idle worker. Each line gets a line back, and each of those is an object. The same
// bytes are then typed at a terminal.
#include "apps/boot/boot_internal.h"

#include "core/host/log.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot boot;

static void open_boot(void)
{
	static const char *const sets[] = {"ports=[{\"name\":\"net0\",\"device\":\"mem:fuzz\"}]"};
	static const struct appliance appliance = {.name = "fuzz"};
	static const struct netif_ops ops;
	static struct netif netif = {.ops = &ops, .queues = 1, .mtu = 1500};
	static struct worker worker;
	struct why why;

	log_init("fuzz", -1);
	boot = (struct boot){.source = {.sets = sets, .sets_len = 1},
	                     .netifs = {&netif},
	                     .workers = &worker,
	                     .workers_len = 1};
	services_init(&boot.services, &appliance);
	boot_conf_table_init(&boot.table, &boot.services);
	if (boot_configure(&boot, &boot.conf, BOOT_CHECK_TEXT, &why))
		abort();
	boot.values = boot.conf.values;
}

struct heard {
	size_t replies;
	char last;
};

static void hear(struct heard *heard, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		assert(heard->last != '\n' || bytes[i] == '{');
		assert(bytes[i] != '\n' || heard->last == '}');
		heard->replies += bytes[i] == '\n';
		heard->last = bytes[i];
	}
}

// Returns the lines that were said before the session was over, if it was.
static size_t talk(struct session *session, const uint8_t *data, size_t size, struct heard *heard)
{
	size_t lines = 0;

	while (size && !session_is_over(session)) {
		size_t n = size_min(size_min(size, 700), session_room(session));
		const char *output;

		for (size_t i = 0; i < n; i++)
			lines += data[i] == '\n';
		session_input(session, (const char *)data, n);
		data += n;
		size -= n;
		while ((n = session_output(session, &output)) > 0) {
			if (session->kind == SESSION_TOOL)
				hear(heard, output, n);
			session_sent(session, n);
		}
	}
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard heard = {.last = '\n'};
	struct session session;
	size_t lines;

	if (!boot.values)
		open_boot();
	session_init(&session, SESSION_TOOL, command_run, &boot);
	lines = talk(&session, data, size, &heard);
	// A session ends after too long a line, which has a reply as well.
	assert(heard.last == '\n');
	assert(session_is_over(&session) ? heard.replies <= lines + 1 : heard.replies == lines);
	session_fini(&session);
	session_init(&session, SESSION_TERMINAL, command_run, &boot);
	talk(&session, data, size, NULL);
	assert(!session_is_over(&session));
	session_fini(&session);
	return 0;
}
