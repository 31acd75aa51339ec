// boot_control: bytes from a client of the control socket, over a socket pair,
// to the commands of an appliance with one port and an idle worker. Each line
// gets a line back, and each of those is an object.
#include "apps/boot/boot_part.h"

#include "core/host/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot boot;

static void open_boot(void)
{
	static const char *const sets[] = {"ports=[{\"name\":\"net0\",\"device\":\"mem:fuzz\"}]"};
	static const struct app app = {.name = "fuzz"};
	static const struct netif_ops ops;
	static struct netif netif = {.ops = &ops, .queues = 1, .mtu = 1500};
	static struct worker worker;
	struct why why;

	log_init("fuzz", -1);
	boot = (struct boot){.app = &app,
	                     .source = {.sets = sets, .sets_len = 1},
	                     .netifs = {&netif},
	                     .workers = &worker,
	                     .workers_len = 1};
	boot_table_init(&boot.table, &app);
	if (boot_configure(&boot, &boot.conf, &why))
		abort();
	boot.values = boot.conf.values;
}

struct heard {
	size_t replies;
	char last;
	bool closed;
};

static void hear(int fd, struct heard *heard)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			assert(heard->last != '\n' || bytes[i] == '{');
			assert(bytes[i] != '\n' || heard->last == '}');
			heard->replies += bytes[i] == '\n';
			heard->last = bytes[i];
		}
	}
	heard->closed = n == 0 || errno != EAGAIN;
}

// Serves and listens until nothing is left to do.
static void serve(struct control *control, int fd, struct heard *heard)
{
	struct pollfd fds[CONTROL_FDS_MAX];
	unsigned len;

	while ((len = control_poll(control, fds)) && poll(fds, len, 0) > 0) {
		control_serve(control, fds, len, (mono_t){SEC_US});
		hear(fd, heard);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard heard = {.last = '\n'};
	struct control control;
	size_t lines = 0;
	struct why why;
	int ends[2];

	if (!boot.app)
		open_boot();
	if (control_open(&control, "", command_run, &boot, &why) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
		abort();
	control_add(&control, ends[0], (mono_t){SEC_US});
	while (size && !heard.closed) {
		ssize_t n = send(ends[1], data, size_min(size, 700), MSG_NOSIGNAL);

		assert(n > 0);
		for (ssize_t i = 0; i < n; i++)
			lines += data[i] == '\n';
		data += n;
		size -= (size_t)n;
		serve(&control, ends[1], &heard);
	}
	// Who is hung up on sent too long a line, and was told so.
	assert(heard.last == '\n');
	assert(heard.closed ? heard.replies <= lines + 1 : heard.replies == lines);
	close(ends[1]);
	control_close(&control);
	return 0;
}
