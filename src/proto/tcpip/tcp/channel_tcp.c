// channel_tcp: TCP's side of a channel: what TCP calls, and what is taken from the handler's side,
// which is channel.c. The table that channels are of is channels.c; see channel_internal.h.
#include "proto/tcpip/tcp/channel_internal.h"

#include <string.h>

struct channel *channel_tcp_prepare(struct channels *all, uint32_t i)
{
	struct channel *channel = &all->channel[i];

	memset(channel, 0, offsetof(struct channel, part));
	channel->all = all;
	channel->buffer = all->buffers + (size_t)i * all->conf.buffer_bytes;
	channel->out = all->out_bytes ? all->outs + (size_t)i * all->out_bytes : NULL;
	channel->handler_allocates = i >= all->conf.channels;
	channel->wished = CHANNEL_DONE;
	atomic_init(&channel->wish, CHANNEL_DONE);
	atomic_init(&channel->status, CHANNEL_FREE);
	return channel;
}

// Begins a use of the channel on TCP's side.
static void begin(struct channel *channel, uint32_t generation)
{
	assert(channel->reclaimed == channel->head && !channel->conn);
	channel->tcp_generation = generation;
	channel->in_use = true;
	channel->refused = channel->racing = false;
	channel->shut = channel->aborted = channel->closing = false;
	atomic_store_explicit(&channel->status, channel_word(generation, 0), memory_order_release);
}

struct channel *channel_tcp_alloc(struct channels *all)
{
	struct channel *channel = all->free;

	if (all->closing)
		return NULL;
	if (channel)
		all->free = channel->next;
	else if (all->used < all->conf.channels)
		channel = channel_tcp_prepare(all, all->used++);
	else
		return NULL;
	begin(channel, (channel->tcp_generation + 1) & CHANNEL_GENERATION_MASK);
	return channel;
}

static void bell_up(struct channel *channel, mono_t now)
{
	if (channel->all->bells)
		channel->all->bells->up(channel);
	else
		channel_dispatch(channel, now);
}

static void say(struct channel *channel, enum channel_status what)
{
	// The one writer of it.
	uint32_t said = atomic_load_explicit(&channel->status, memory_order_relaxed);

	atomic_store_explicit(&channel->status, said | (unsigned)what, memory_order_release);
}

static uint8_t wish_of(const struct channel *channel)
{
	return channel_word_flags(atomic_load_explicit(&channel->wish, memory_order_acquire),
	                          channel->tcp_generation);
}

static bool is_over(const struct channel *channel)
{
	return wish_of(channel) & (CHANNEL_CLOSE | CHANNEL_ABORT);
}

void channel_tcp_soon(struct wheel_timer *timer, mono_t now)
{
	struct channels *all = CONTAINER_OF(timer, struct channels, soon_timer);
	struct channel *channel = all->soon;

	all->soon = NULL;
	while (channel) {
		struct channel *next = channel->next;

		channel->soon = false;
		channel_dispatch(channel, now);
		channel = next;
	}
}

// The connection has ended, and now the handler may have read all: `closed` follows, but not
// from within what it calls.
static void dispatch_soon(struct channel *channel)
{
	struct channels *all = channel->all;

	if (all->bells) {
		all->bells->up(channel);
		return;
	}
	if (channel->soon)
		return;
	channel->soon = true;
	channel->next = all->soon;
	all->soon = channel;
	wheel_add(all->conf.wheel, &all->soon_timer, (mono_t){0});
}

// Gives back the pages that the handler has read.
static void reclaim(struct channel *channel)
{
	uint32_t tail = atomic_load_explicit(&channel->parts_tail, memory_order_acquire);

	if (channel->reclaimed == tail)
		return;
	channel->all->pages -= tail - channel->reclaimed;
	while (channel->reclaimed != tail)
		tcp_data_done(channel->all->conf.tcp, channel->conn,
		              &channel->part[channel->reclaimed++ & (CHANNEL_PARTS - 1)]);
	if (channel->conn && channel->refused) {
		channel->refused = false;
		tcp_resume(channel->conn);
	}
}

// Takes from the ring what TCP takes; the rest when there is room again. Returns whether it is
// empty.
static bool pump(struct channel *channel)
{
	uint32_t size = channel->all->out_bytes;
	uint32_t head = atomic_load_explicit(&channel->out_head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&channel->out_tail, memory_order_relaxed);
	uint32_t before = tail;

	while (tail != head) {
		uint32_t at = tail & (size - 1);
		uint32_t n = (uint32_t)size_min(head - tail, size - at);
		uint32_t sent = tcp_send(channel->conn, channel->out + at, n);

		tail += sent;
		if (sent < n)
			break;
	}
	if (tail == before)
		return tail == head;
	// The handler asks for a call before it looks again whether there is room.
	atomic_store_explicit(&channel->out_tail, tail, memory_order_seq_cst);
	if (atomic_load_explicit(&channel->wants_room, memory_order_seq_cst) &&
	    head - tail < size / 2 && channel->all->bells)
		channel->all->bells->up(channel);
	return tail == head;
}

static void channel_free(struct channel *channel)
{
	struct channels *all = channel->all;

	channel->in_use = false;
	// What was not sent is lost.
	atomic_store_explicit(&channel->out_tail,
	                      atomic_load_explicit(&channel->out_head, memory_order_relaxed),
	                      memory_order_relaxed);
	if (channel->handler_allocates) {
		say(channel, CHANNEL_FREE);
		if (all->bells)
			all->bells->up(channel);
		return;
	}
	channel->next = all->free;
	all->free = channel;
}

// What was written is with TCP, and the handler writes no more.
static void shut(struct channel *channel)
{
	if (channel->shut)
		return;
	channel->shut = true;
	tcp_shutdown(channel->conn);
}

static void service_open(struct channel *channel, uint8_t wish)
{
	bool closes = wish & CHANNEL_CLOSE;

	if (wish & CHANNEL_ABORT) {
		if (!channel->aborted)
			tcp_abort(channel->conn);
		channel->aborted = true;
		return;
	}
	if (pump(channel) && (closes || (wish & CHANNEL_SHUTDOWN)))
		shut(channel);
	if (closes && !channel->closing) {
		channel->closing = true;
		channel_linger_begin(channel);
	}
}

void channel_tcp_cancel(struct channel *channel)
{
	channel->racing = false;
	tcp_race_cancel(&channel->race);
}

// As tcp_shutdown does with a connection that is not open yet.
static void give_up_race(struct channel *channel)
{
	channel_tcp_cancel(channel);
	channel->end = TCP_END_ABORTED;
	say(channel, CHANNEL_CLOSED);
	dispatch_soon(channel);
}

void channel_tcp_service(struct channel *channel)
{
	uint8_t wish = wish_of(channel);

	// A bell that was late.
	if (!channel->in_use)
		return;
	reclaim(channel);
	if (wish & CHANNEL_DONE)
		channel_free(channel);
	else if (channel->conn)
		service_open(channel, wish);
	else if (channel->racing && (wish & (CHANNEL_SHUTDOWN | CHANNEL_CLOSE | CHANNEL_ABORT)))
		give_up_race(channel);
	else if (atomic_load_explicit(&channel->status, memory_order_relaxed) & CHANNEL_CLOSED)
		dispatch_soon(channel);
}

static void on_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct channel *channel = ctx;

	if (!channel)
		return;
	channel->peers = tcp_peers(conn);
	if (channel->keepalive_s)
		tcp_set_keepalive(conn, channel->keepalive_s, CHANNELS_PROBE_S, CHANNELS_PROBES);
	say(channel, CHANNEL_OPENED);
	bell_up(channel, now);
}

// The ctx is the listener's until now.
static void on_accepted(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct channels_listener *listener = ctx;
	struct channel *channel = channel_tcp_alloc(listener->all);

	tcp_set_ctx(conn, channel);
	if (!channel) {
		counter_add(&listener->all->conf.metric->tcp.channels_full, 1);
		tcp_abort(conn);
		return;
	}
	channel->conn = conn;
	channel->first_ops = listener->conf.ops;
	channel->first_ctx = listener->conf.ctx;
	channel->keepalive_s = listener->conf.keepalive_s;
	on_opened(channel, conn, now);
}

static void add_part(struct channel *channel, struct tcp_data *data)
{
	channel->part[channel->head & (CHANNEL_PARTS - 1)] = tcp_data_keep(channel->conn, data);
	channel->head++;
	channel->all->pages++;
}

// When channels hold many pages together, each may still have one, so that none waits for others.
static bool has_place(const struct channel *channel)
{
	bool many =
	        channel->all->pages >= channel->all->pages_max || !tcp_data_may_keep(channel->conn);

	return channel->head - channel->reclaimed < (many ? 1 : CHANNEL_PARTS);
}

static unsigned on_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                        mono_t now)
{
	struct channel *channel = ctx;
	unsigned done = 0, before;

	if (!channel || is_over(channel))
		return n;
	do {
		before = done;
		while (done < n && has_place(channel))
			add_part(channel, &data[done++]);
		if (done == before)
			break;
		atomic_store_explicit(&channel->parts_head, channel->head, memory_order_release);
		bell_up(channel, now);
		if (is_over(channel))
			return n;
	} while (done < n);
	channel->refused = done < n;
	return done;
}

static void on_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct channel *channel = ctx;

	if (!channel)
		return;
	say(channel, CHANNEL_ENDED);
	bell_up(channel, now);
}

static void on_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct channel *channel = ctx;

	if (!channel)
		return;
	if (channel->all->bells)
		service_open(channel, wish_of(channel));
	else
		channel_dispatch(channel, now);
}

static void say_closed(struct channel *channel, enum tcp_end end, mono_t now)
{
	channel->racing = false;
	channel->conn = NULL;
	channel->end = end;
	say(channel, CHANNEL_CLOSED);
	bell_up(channel, now);
}

static void on_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	struct channel *channel = ctx;

	if (!channel)
		return;
	channel_linger_remove(channel);
	say_closed(channel, end, now);
}

const struct tcp_ops channel_tcp_accepted = {.opened = on_accepted,
                                             .data = on_data,
                                             .ended = on_ended,
                                             .writable = on_writable,
                                             .closed = on_closed};

// The first of several. What was written before waits in the ring.
static void on_won(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct channel *channel = ctx;

	channel->racing = false;
	channel->conn = conn;
	on_opened(channel, conn, now);
	if (channel->conn && channel->all->bells)
		service_open(channel, wish_of(channel));
}

static const struct tcp_ops won_ops = {.opened = on_won,
                                       .data = on_data,
                                       .ended = on_ended,
                                       .writable = on_writable,
                                       .closed = on_closed};

static const struct tcp_ops connected_ops = {.opened = on_opened,
                                             .data = on_data,
                                             .ended = on_ended,
                                             .writable = on_writable,
                                             .closed = on_closed};

static int race(struct channel *channel, const struct channels_connect_conf *conf,
                struct tcp_connect_conf *tcp, mono_t now)
{
	struct addr remotes[RACE_ADDRS] = {conf->remote};
	struct tcp_race_conf of = {
	        .connect = *tcp, .remotes = remotes, .remotes_len = 1 + conf->others_len};
	int err;

	assert(conf->others_len < RACE_ADDRS);
	memcpy(remotes + 1, conf->others, conf->others_len * sizeof(*remotes));
	of.connect.ops = &won_ops;
	err = tcp_race_begin(&channel->race, channel->all->conf.tcp, &of, now);
	channel->racing = !err;
	return err;
}

int channel_tcp_connect(struct channel *channel, const struct channels_connect_conf *conf,
                        mono_t now)
{
	struct tcp_connect_conf tcp = {.local = conf->local,
	                               .remote = conf->remote,
	                               .local_port = conf->local_port,
	                               .remote_port = conf->remote_port,
	                               .timeout_us = conf->timeout_us,
	                               .ops = &connected_ops,
	                               .ctx = channel,
	                               .nodelay = true,
	                               .user_timeout_ms = conf->user_timeout_ms,
	                               .user_timeout_option = conf->user_timeout_option};

	channel->keepalive_s = conf->keepalive_s;
	if (conf->others_len)
		return race(channel, conf, &tcp, now);
	return tcp_connect(channel->all->conf.tcp, &tcp, &channel->conn, now);
}

void channel_tcp_service_connect(struct channel *channel, mono_t now)
{
	uint32_t word = atomic_load_explicit(&channel->wish, memory_order_acquire);
	enum tcp_end end = TCP_END_UNREACHABLE;

	if (channel_word_generation(word) == channel->tcp_generation) {
		channel_tcp_service(channel);
		return;
	}
	begin(channel, channel_word_generation(word));
	if (!(word & CHANNEL_ABORT) && !channel_tcp_connect(channel, &channel->connect, now)) {
		channel_tcp_service(channel);
		return;
	}
	if (word & CHANNEL_ABORT)
		end = TCP_END_ABORTED;
	say_closed(channel, end, now);
}
