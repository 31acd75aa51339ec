// channel: the handler's side of a channel: reading from the parts that have come, writing, and
// calling the handler. TCP's side is channel_tcp.c; see channel_internal.h.
#include "proto/tcpip/tcp/channel_internal.h"

#include <string.h>

static uint8_t status_of(const struct channel *channel)
{
	return channel_word_flags(atomic_load_explicit(&channel->status, memory_order_acquire),
	                          channel->generation);
}

static bool has_parts(const struct channel *channel)
{
	return atomic_load_explicit(&channel->parts_head, memory_order_acquire) != channel->tail;
}

static struct tcp_data *first_part(struct channel *channel)
{
	return &channel->part[channel->tail & (CHANNEL_PARTS - 1)];
}

static void bell_down(struct channel *channel)
{
	if (channel->all->bells)
		channel->all->bells->down(channel);
	else
		channel_tcp_service(channel);
}

static void wish_for(struct channel *channel, enum channel_wish wish)
{
	channel->wished |= (uint8_t)wish;
	atomic_store_explicit(&channel->wish, channel_word(channel->generation, channel->wished),
	                      memory_order_release);
	bell_down(channel);
}

static bool is_over(const struct channel *channel)
{
	return channel->wished & (CHANNEL_CLOSE | CHANNEL_ABORT);
}

// Gives back the pages of all parts that were read.
static void return_parts(struct channel *channel)
{
	if (channel->tail == atomic_load_explicit(&channel->parts_tail, memory_order_relaxed))
		return;
	atomic_store_explicit(&channel->parts_tail, channel->tail, memory_order_release);
	bell_down(channel);
}

static void drop_part(struct channel *channel)
{
	channel->tail++;
	channel->taken = 0;
}

// What the last reading function pointed to is not used any more.
static void settle(struct channel *channel)
{
	if (has_parts(channel) && channel->taken == first_part(channel)->len)
		drop_part(channel);
	if (channel->buffer_at == channel->buffer_end)
		channel->buffer_at = channel->buffer_end = 0;
	return_parts(channel);
}

// The first bytes that lie together; settled.
static uint8_t *front(struct channel *channel, uint32_t *len)
{
	struct tcp_data *part = first_part(channel);

	if (channel->buffer_at < channel->buffer_end) {
		*len = channel->buffer_end - channel->buffer_at;
		return channel->buffer + channel->buffer_at;
	}
	if (!has_parts(channel)) {
		*len = 0;
		return NULL;
	}
	*len = (uint32_t)(part->len - channel->taken);
	return part->bytes + channel->taken;
}

// Reads n bytes, which are there. The last part is dropped by settle.
static void consume(struct channel *channel, uint32_t n)
{
	uint32_t buffered = (uint32_t)size_min(n, channel->buffer_end - channel->buffer_at);

	channel->scanned = 0;
	channel->buffer_at += buffered;
	for (n -= buffered; n > 0;) {
		uint32_t part;

		assert(has_parts(channel));
		part = (uint32_t)size_min(n, (size_t)(first_part(channel)->len - channel->taken));
		channel->taken = (uint16_t)(channel->taken + part);
		n -= part;
		if (n > 0)
			drop_part(channel);
	}
	// `closed` waits until all is read.
	if (unlikely(status_of(channel) & CHANNEL_CLOSED))
		bell_down(channel);
}

// Moves unread bytes into the buffer until it has `want` of them, or there are no more. Returns how
// many it has. Each byte is moved once, unless the handler asks for less after it asked for more.
static uint32_t gather(struct channel *channel, uint32_t want)
{
	uint32_t have = channel->buffer_end - channel->buffer_at;

	assert(want <= channel->all->conf.buffer_bytes);
	if (channel->buffer_at + want > channel->all->conf.buffer_bytes) {
		memmove(channel->buffer, channel->buffer + channel->buffer_at, have);
		channel->buffer_at = 0;
		channel->buffer_end = have;
	}
	while (have < want && has_parts(channel)) {
		const struct tcp_data *part = first_part(channel);
		uint32_t n = (uint32_t)size_min(want - have, (size_t)(part->len - channel->taken));

		memcpy(channel->buffer + channel->buffer_end, part->bytes + channel->taken, n);
		channel->buffer_end += n;
		channel->taken = (uint16_t)(channel->taken + n);
		have += n;
		if (channel->taken == part->len)
			drop_part(channel);
	}
	return_parts(channel);
	return have;
}

// Whether nothing follows the parts that were read.
static bool is_end(const struct channel *channel)
{
	// In this order: the end is said behind the last part.
	return (status_of(channel) & CHANNEL_ENDED) && !has_parts(channel);
}

uint32_t channel_read(struct channel *channel, void *bytes, uint32_t len)
{
	uint32_t done = 0, n;

	settle(channel);
	while (done < len) {
		const uint8_t *from = front(channel, &n);

		n = (uint32_t)size_min(n, len - done);
		if (n == 0)
			break;
		memcpy((uint8_t *)bytes + done, from, n);
		consume(channel, n);
		if (has_parts(channel) && channel->taken == first_part(channel)->len)
			drop_part(channel);
		done += n;
	}
	settle(channel);
	return done;
}

enum channel_got channel_read_exact(struct channel *channel, uint32_t len, uint8_t **bytes)
{
	uint32_t n;

	settle(channel);
	if (len > channel->all->conf.buffer_bytes)
		return CHANNEL_TOO_LONG;
	*bytes = front(channel, &n);
	if (n < len) {
		if (gather(channel, len) < len)
			return is_end(channel) ? CHANNEL_END : CHANNEL_WAIT;
		*bytes = channel->buffer + channel->buffer_at;
	}
	consume(channel, len);
	return CHANNEL_GOT;
}

// Looks for the end of a line in one piece of the unread bytes, which begins at `offset` of them.
static const uint8_t *find_in_piece(const struct channel *channel, const uint8_t *piece,
                                    uint32_t offset, uint32_t len)
{
	uint32_t skip = 0;

	if (channel->scanned > offset)
		skip = (uint32_t)size_min(channel->scanned - offset, len);
	return memchr(piece + skip, '\n', len - skip);
}

// The offset of the first end of a line among the first `limit` unread bytes, or UINT32_MAX; then
// `scanned` is how many there are.
static uint32_t find_line_end(struct channel *channel, uint32_t limit)
{
	uint32_t head = atomic_load_explicit(&channel->parts_head, memory_order_acquire);
	uint32_t offset = 0, len = channel->buffer_end - channel->buffer_at;
	const uint8_t *piece = channel->buffer + channel->buffer_at, *found;

	len = (uint32_t)size_min(len, limit);
	for (uint32_t i = channel->tail;; i++) {
		const struct tcp_data *part = &channel->part[i & (CHANNEL_PARTS - 1)];
		uint16_t taken = i == channel->tail ? channel->taken : 0;

		found = len ? find_in_piece(channel, piece, offset, len) : NULL;
		if (found)
			return offset + (uint32_t)(found - piece);
		offset += len;
		if (i == head || offset == limit)
			break;
		piece = part->bytes + taken;
		len = (uint32_t)size_min((size_t)(part->len - taken), limit - offset);
	}
	channel->scanned = offset;
	return UINT32_MAX;
}

enum channel_got channel_read_line(struct channel *channel, uint32_t max, char **line,
                                   uint32_t *len)
{
	uint32_t limit, at, n;
	uint8_t *bytes;

	max = (uint32_t)size_min(max, channel->all->conf.buffer_bytes - 2);
	limit = max + 2;
	settle(channel);
	at = find_line_end(channel, limit);
	if (at == UINT32_MAX) {
		if (channel->scanned == limit)
			return CHANNEL_TOO_LONG;
		gather(channel, limit);
		return is_end(channel) ? CHANNEL_END : CHANNEL_WAIT;
	}
	bytes = front(channel, &n);
	if (n <= at) {
		gather(channel, at + 1);
		bytes = channel->buffer + channel->buffer_at;
	}
	n = at > 0 && bytes[at - 1] == '\r' ? at - 1 : at;
	if (n > max)
		return CHANNEL_TOO_LONG;
	bytes[n] = '\0';
	consume(channel, at + 1);
	*line = (char *)bytes;
	*len = n;
	return CHANNEL_GOT;
}

uint8_t *channel_peek(struct channel *channel, uint32_t *len)
{
	settle(channel);
	return front(channel, len);
}

void channel_skip(struct channel *channel, uint32_t n)
{
	settle(channel);
	consume(channel, n);
}

bool channel_ended(const struct channel *channel)
{
	const struct tcp_data *part = &channel->part[channel->tail & (CHANNEL_PARTS - 1)];
	uint8_t status = status_of(channel);
	uint32_t head = atomic_load_explicit(&channel->parts_head, memory_order_acquire);

	if (!(status & CHANNEL_ENDED) || channel->buffer_at < channel->buffer_end)
		return false;
	return head == channel->tail || (head == channel->tail + 1 && channel->taken == part->len);
}

static bool is_writable(const struct channel *channel)
{
	return !(channel->wished & (CHANNEL_SHUTDOWN | CHANNEL_CLOSE | CHANNEL_ABORT)) &&
	       !(status_of(channel) & CHANNEL_CLOSED);
}

static uint32_t out_room(const struct channel *channel)
{
	return channel->all->out_bytes -
	       (atomic_load_explicit(&channel->out_head, memory_order_relaxed) -
	        atomic_load_explicit(&channel->out_tail, memory_order_seq_cst));
}

uint32_t channel_room(const struct channel *channel)
{
	if (!is_writable(channel))
		return 0;
	if (channel->out)
		return out_room(channel);
	return channel->conn ? tcp_send_room(channel->conn) : 0;
}

// Copies into the ring as much as there is room for.
static uint32_t write_ring(struct channel *channel, const uint8_t *bytes, uint32_t len)
{
	uint32_t size = channel->all->out_bytes, room = out_room(channel);
	uint32_t head = atomic_load_explicit(&channel->out_head, memory_order_relaxed);
	uint32_t at = head & (size - 1), first;

	len = (uint32_t)size_min(len, room);
	if (len == 0)
		return 0;
	first = (uint32_t)size_min(len, size - at);
	memcpy(channel->out + at, bytes, first);
	memcpy(channel->out, bytes + first, len - first);
	atomic_store_explicit(&channel->out_head, head + len, memory_order_release);
	bell_down(channel);
	return len;
}

static uint32_t write_some(struct channel *channel, const uint8_t *bytes, uint32_t len)
{
	if (channel->out)
		return write_ring(channel, bytes, len);
	return channel->conn ? tcp_send(channel->conn, bytes, len) : 0;
}

uint32_t channel_write(struct channel *channel, const void *bytes, uint32_t len)
{
	uint32_t done;

	if (!is_writable(channel))
		return 0;
	done = write_some(channel, bytes, len);
	if (done == len)
		return len;
	// Either the other side finds this, or there is room now: see channel_tcp.c.
	atomic_store_explicit(&channel->wants_room, true, memory_order_seq_cst);
	done += write_some(channel, (const uint8_t *)bytes + done, len - done);
	if (done == len)
		atomic_store_explicit(&channel->wants_room, false, memory_order_relaxed);
	return done;
}

void channel_flush(struct channel *channel)
{
	if (channel->all->bells)
		channel->all->bells->flush(channel);
}

void channel_shutdown(struct channel *channel)
{
	if (!(channel->wished & CHANNEL_SHUTDOWN))
		wish_for(channel, CHANNEL_SHUTDOWN);
}

// All that has come and was not read.
static void discard(struct channel *channel)
{
	channel->buffer_at = channel->buffer_end = 0;
	channel->tail = atomic_load_explicit(&channel->parts_head, memory_order_acquire);
	channel->taken = 0;
	return_parts(channel);
}

void channel_close(struct channel *channel)
{
	if (is_over(channel))
		return;
	discard(channel);
	wish_for(channel, CHANNEL_CLOSE);
}

void channel_abort(struct channel *channel)
{
	if (channel->wished & CHANNEL_ABORT)
		return;
	discard(channel);
	wish_for(channel, CHANNEL_ABORT);
}

void channel_set_handler(struct channel *channel, const struct channel_ops *ops, void *ctx)
{
	channel->ops = ops;
	channel->ctx = ctx;
}

struct tcp_peers channel_peers(const struct channel *channel)
{
	return channel->peers;
}

void channel_begin(struct channel *channel, uint32_t generation, const struct channel_ops *ops,
                   void *ctx)
{
	channel->generation = generation;
	channel->wished = 0;
	channel->ops = ops;
	channel->ctx = ctx;
	channel->buffer_at = channel->buffer_end = 0;
	channel->scanned = 0;
	channel->taken = 0;
	channel->seen = channel->tail;
	channel->opened_seen = channel->end_seen = channel->known = false;
	atomic_store_explicit(&channel->wants_room, false, memory_order_relaxed);
}

void channel_connect(struct channel *channel, const struct channels_connect_conf *conf)
{
	channel_begin(channel, (channel->generation + 1) & CHANNEL_GENERATION_MASK, conf->ops,
	              conf->ctx);
	channel->known = true;
	channel->connect = *conf;
	wish_for(channel, CHANNEL_CONNECT);
}

static void call_opened(struct channel *channel, mono_t now)
{
	channel->opened_seen = channel->known = true;
	if (channel->ops->opened)
		channel->ops->opened(channel->ctx, channel, now);
}

// With half of the ring free at least, so that slow peers do not cost a call for each segment.
static void call_writable(struct channel *channel, mono_t now)
{
	if (!atomic_load_explicit(&channel->wants_room, memory_order_seq_cst) ||
	    channel_room(channel) <= channel->all->out_bytes / 2)
		return;
	atomic_store_explicit(&channel->wants_room, false, memory_order_relaxed);
	if (channel->ops->writable)
		channel->ops->writable(channel->ctx, channel, now);
}

static void call_readable(struct channel *channel, mono_t now)
{
	bool end = status_of(channel) & CHANNEL_ENDED;
	uint32_t head = atomic_load_explicit(&channel->parts_head, memory_order_acquire);

	if (head == channel->seen && end == channel->end_seen)
		return;
	channel->seen = head;
	channel->end_seen = end;
	if (channel->ops->readable)
		channel->ops->readable(channel->ctx, channel, now);
}

void channel_finish(struct channel *channel, enum tcp_end end, mono_t now)
{
	discard(channel);
	if (channel->known && channel->ops->closed)
		channel->ops->closed(channel->ctx, channel, end, now);
	wish_for(channel, CHANNEL_DONE);
}

// Whether the handler has nothing more to read, or has lost it.
static bool is_finished(const struct channel *channel)
{
	return (status_of(channel) & CHANNEL_CLOSED) &&
	       (channel->end != TCP_END_DONE || is_over(channel) || channel_ended(channel));
}

// Whether TCP's side is in the same use of the channel; it may have begun a new one.
static bool is_current(struct channel *channel)
{
	uint32_t status = atomic_load_explicit(&channel->status, memory_order_acquire);

	if (channel_word_generation(status) == channel->generation)
		return !(channel->wished & CHANNEL_DONE);
	if (channel->handler_allocates)
		return false;
	channel_begin(channel, channel_word_generation(status), channel->first_ops,
	              channel->first_ctx);
	return true;
}

void channel_dispatch(struct channel *channel, mono_t now)
{
	if (!is_current(channel))
		return;
	if ((status_of(channel) & CHANNEL_OPENED) && !channel->opened_seen)
		call_opened(channel, now);
	if (channel->opened_seen && !is_over(channel))
		call_writable(channel, now);
	if (channel->opened_seen && !is_over(channel))
		call_readable(channel, now);
	if (is_over(channel))
		discard(channel);
	else
		settle(channel);
	if (is_finished(channel))
		channel_finish(channel, channel->end, now);
}
