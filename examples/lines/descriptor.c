// descriptor: an echo service that knows nothing but read(2) and write(2), as a library does that
// insists on a descriptor. It is one in the control loop, without blocking.
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct descriptor {
	struct control_loop *loop;
	struct control_watch watch;
	size_t at, len; // of what is not written yet
	char bytes[4096];
};

static void descriptor_close(struct descriptor *own)
{
	control_loop_del(own->loop, &own->watch);
	close(own->watch.fd);
	free(own);
}

// Reads when all that was read before is written.
static void descriptor_ready(struct control_watch *watch, unsigned events, mono_t now)
{
	struct descriptor *own = CONTAINER_OF(watch, struct descriptor, watch);
	ssize_t n;

	if (own->len == 0) {
		n = read(watch->fd, own->bytes, sizeof(own->bytes));
		own->at = 0;
		own->len = n > 0 ? (size_t)n : 0;
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			descriptor_close(own);
			return;
		}
	}
	n = write(watch->fd, own->bytes + own->at, own->len);
	if (n < 0 && errno != EAGAIN) {
		descriptor_close(own);
		return;
	}
	own->at += n > 0 ? (size_t)n : 0;
	own->len -= n > 0 ? (size_t)n : 0;
	control_loop_change(own->loop, watch, own->len ? POLLOUT : POLLIN);
}

static void descriptor_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct lines *lines = ctx;
	struct channel_fd_conf conf = {.loop = lines->loop, .nonblocking = true};
	struct descriptor *own = calloc(1, sizeof(*own));

	if (own) {
		own->loop = lines->loop;
		own->watch =
		        (struct control_watch){channel_fd_open(channel, &conf), descriptor_ready};
		if (own->watch.fd >= 0) {
			if (control_loop_add(own->loop, &own->watch, POLLIN) == 0)
				return;
			close(own->watch.fd);
			free(own);
			return;
		}
	}
	free(own);
	channel_abort(channel);
}

const struct channel_ops descriptor_ops = {.opened = descriptor_opened};
