// channels: a worker's table of channels: its memory, listeners and clients; what begins and ends
// it. What TCP does with a channel is channel_tcp.c.
#include "proto/tcpip/tcp/channel_internal.h"
#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_all(struct channels *all)
{
	free(all->channel);
	free(all->buffers);
	free(all->outs);
	free(all);
}

struct channels *channels_open_crossing(const struct channels_conf *conf,
                                        const struct channels_bells *bells, void *ctx,
                                        uint32_t connects, uint32_t out_bytes)
{
	struct channels *all = malloc(sizeof(*all));
	uint32_t len = conf->channels + connects;

	assert(conf->channels > 0 && len <= 2 * CHANNELS_MAX && conf->buffer_bytes >= 2);
	assert((out_bytes & (out_bytes - 1)) == 0);
	if (!all)
		return NULL;
	*all = (struct channels){.conf = *conf,
	                         .bells = bells,
	                         .ctx = ctx,
	                         .out_bytes = out_bytes,
	                         .len = len,
	                         .pages_max = conf->tcp->segs_max / 4};
	wheel_timer_init(&all->soon_timer, channel_tcp_soon);
	wheel_timer_init(&all->linger_timer, channel_linger_fire);
	// Not zeroed: what no channel has used yet costs no memory.
	all->channel = aligned_alloc(CACHE_LINE_BYTES, len * sizeof(*all->channel));
	all->buffers = malloc((size_t)len * conf->buffer_bytes);
	all->outs = malloc((size_t)len * out_bytes + 1);
	if (!all->channel || !all->buffers || !all->outs) {
		free_all(all);
		return NULL;
	}
	for (uint32_t i = conf->channels; i < len; i++)
		channel_tcp_prepare(all, i);
	return all;
}

struct channels *channels_open(const struct channels_conf *conf)
{
	return channels_open_crossing(conf, NULL, NULL, 0, 0);
}

static struct channels_listener *listener_alloc(struct channels *all)
{
	for (unsigned i = 0; i < CHANNELS_LISTENERS; i++)
		if (!all->listener[i].tcp)
			return &all->listener[i];
	return NULL;
}

int channels_listen(struct channels *all, const struct channels_listener_conf *conf)
{
	struct channels_listener *listener = listener_alloc(all);
	// What is written in one callback is sent together: nothing else is waited for.
	struct tcp_listener_conf tcp = {.addr = conf->addr,
	                                .port = conf->port,
	                                .backlog = conf->backlog,
	                                .ops = &channel_tcp_accepted,
	                                .ctx = listener,
	                                .nodelay = true,
	                                .user_timeout_ms = conf->user_timeout_ms,
	                                .user_timeout_option = conf->user_timeout_option};
	int err;

	if (!listener)
		return -ENOSPC;
	err = tcp_listen(all->conf.tcp, &tcp, &listener->tcp);
	if (err)
		return err;
	listener->all = all;
	listener->conf = *conf;
	return 0;
}

static void listener_remove(struct channels_listener *listener)
{
	tcp_unlisten(listener->all->conf.tcp, listener->tcp);
	listener->tcp = NULL;
}

int channels_unlisten(struct channels *all, struct addr addr, uint16_t port)
{
	for (unsigned i = 0; i < CHANNELS_LISTENERS; i++) {
		struct channels_listener *listener = &all->listener[i];

		if (listener->tcp && listener->conf.port == port &&
		    addr_eq(listener->conf.addr, addr)) {
			listener_remove(listener);
			return 0;
		}
	}
	return -ENOENT;
}

int channels_connect(struct channels *all, const struct channels_connect_conf *conf,
                     struct channel **channel, mono_t now)
{
	struct channel *added = channel_tcp_alloc(all);
	int err;

	if (!added)
		return -ENOSPC;
	channel_begin(added, added->tcp_generation, conf->ops, conf->ctx);
	err = channel_tcp_connect(added, conf, now);
	if (err) {
		channel_finish(added, TCP_END_UNREACHABLE, now);
		return err;
	}
	added->known = true;
	*channel = added;
	return 0;
}

// The end of the channel for its handler, unless that is done with it, and for TCP.
static void channel_drop(struct channel *channel, mono_t now)
{
	struct tcp_conn *conn = channel->conn;

	channel_linger_remove(channel);
	if (channel->racing)
		channel_tcp_cancel(channel);
	if (!channel->handler_allocates && channel->generation != channel->tcp_generation)
		channel_begin(channel, channel->tcp_generation, channel->first_ops,
		              channel->first_ctx);
	if (channel->wished & CHANNEL_DONE)
		channel_tcp_service(channel);
	else
		channel_finish(channel, TCP_END_ABORTED, now);
	if (conn) {
		tcp_set_ctx(conn, NULL);
		tcp_abort(conn);
	}
}

void channels_close(struct channels *all, mono_t now)
{
	// Both sides are in this thread from here on.
	all->bells = NULL;
	all->closing = true;
	for (unsigned i = 0; i < CHANNELS_LISTENERS; i++)
		if (all->listener[i].tcp)
			listener_remove(&all->listener[i]);
	for (uint32_t i = 0; i < all->len; i++) {
		if (i >= all->used && i < all->conf.channels)
			continue;
		if (all->channel[i].in_use || !(all->channel[i].wished & CHANNEL_DONE))
			channel_drop(&all->channel[i], now);
	}
	wheel_del(all->conf.wheel, &all->soon_timer);
	wheel_del(all->conf.wheel, &all->linger_timer);
	free_all(all);
}
