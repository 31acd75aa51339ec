// xen_store: what the store may send, all of it lying ready before a client asks
// one thing after the other. What is believed is whole text within its bounds;
// nonsense ends the connection for good.
#include "backends/xen/store.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASKS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_name(void *ctx, const char *name)
{
	unsigned *names = ctx;

	assert(strlen(name) <= STORE_PAYLOAD_BYTES);
	return ++*names < 100;
}

static int ask(struct store *store, unsigned what)
{
	char value[100], path[STORE_PATH_BYTES], token[STORE_PATH_BYTES];
	unsigned names = 0;
	uint32_t tx = 0;
	int err = 0;

	switch (what % 8) {
	case 0:
		err = store_read(store, 0, "a", value, sizeof(value));
		assert(err || strlen(value) < sizeof(value));
		break;
	case 1:
		err = store_list(store, 0, "a", take_name, &names);
		break;
	case 2:
		err = store_begin(store, &tx);
		assert(err || tx);
		break;
	case 3:
		err = store_write(store, 7, "a", "b");
		break;
	case 4:
		err = store_remove(store, 7, "a");
		break;
	case 5:
		err = store_end(store, 7, true);
		break;
	case 6:
		err = store_watch(store, "a", "token");
		break;
	default:
		while (store_event(store, path, token))
			assert(strlen(path) < sizeof(path) && strlen(token) < sizeof(token));
		assert(!store_has_event(store));
	}
	return err;
}

// The end of the bytes is the end of the connection, so nothing waits.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *store;
	bool closed = false;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		abort();
	if (send(ends[1], data, size, MSG_DONTWAIT) < 0 && size)
		abort();
	shutdown(ends[1], SHUT_WR);
	store = store_open(ends[0]);
	assert(store);
	for (unsigned i = 0; i < ASKS_MAX; i++) {
		int err = ask(store, i);

		assert(err != -ETIMEDOUT);
		assert(!closed || err == -EPROTO || i % 8 == 7);
		closed |= store_fd(store) < 0;
		assert(err != -EPROTO || closed);
	}
	assert(closed);
	store_close(store);
	close(ends[1]);
	return 0;
}
