// channel_linger: channels that their handler has closed and that wait for the peer: the list of
// them, and the end of their patience.
#include "proto/tcpip/tcp/channel_internal.h"

void channel_linger_remove(struct channel *channel)
{
	struct channels *all = channel->all;

	if (channel->linger_prev)
		channel->linger_prev->linger_next = channel->linger_next;
	else if (all->linger_first == channel)
		all->linger_first = channel->linger_next;
	else
		return;
	if (channel->linger_next)
		channel->linger_next->linger_prev = channel->linger_prev;
	else
		all->linger_last = channel->linger_prev;
	channel->linger_prev = channel->linger_next = NULL;
}

// All wait for the same time, so the list is in the order in which they are due.
static void linger_add(struct channel *channel, mono_t now)
{
	struct channels *all = channel->all;

	channel->linger = mono_add(now, CHANNELS_LINGER_US);
	channel->linger_prev = all->linger_last;
	channel->linger_next = NULL;
	if (all->linger_last)
		all->linger_last->linger_next = channel;
	else
		all->linger_first = channel;
	all->linger_last = channel;
}

// In front: the first look, at once, finds what is unsent, and that it is now.
void channel_linger_begin(struct channel *channel)
{
	struct channels *all = channel->all;

	channel->unsent = UINT32_MAX;
	channel->linger = (mono_t){0};
	channel->linger_prev = NULL;
	channel->linger_next = all->linger_first;
	if (all->linger_first)
		all->linger_first->linger_prev = channel;
	else
		all->linger_last = channel;
	all->linger_first = channel;
	wheel_add(all->conf.wheel, &all->linger_timer, channel->linger);
}

// Bytes that the peer has not acknowledged.
static uint32_t unsent_of(const struct channel *channel)
{
	uint32_t out = atomic_load_explicit(&channel->out_head, memory_order_acquire) -
	               atomic_load_explicit(&channel->out_tail, memory_order_relaxed);
	struct tcp_info info;

	tcp_info(channel->conn, &info);
	return out + info.in_flight + info.queued;
}

// The handler has closed the channel a while ago: resets a peer that makes no progress.
static void linger_check(struct channel *channel, mono_t now)
{
	uint32_t unsent = unsent_of(channel);
	bool progress = unsent < channel->unsent;

	channel_linger_remove(channel);
	channel->unsent = unsent;
	if (progress)
		linger_add(channel, now);
	else
		tcp_abort(channel->conn);
}

void channel_linger_fire(struct wheel_timer *timer, mono_t now)
{
	struct channels *all = CONTAINER_OF(timer, struct channels, linger_timer);

	while (all->linger_first && mono_due(all->linger_first->linger, now))
		linger_check(all->linger_first, now);
	if (all->linger_first)
		wheel_add(all->conf.wheel, timer, all->linger_first->linger);
}
