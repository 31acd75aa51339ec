// channel: a TCP connection as a stream of bytes, for handlers that do not want segments: they
// pull what has come (some bytes, exactly n, a line) and write what is to be sent. Each handler
// has one thread: a worker, whose channels are of channels.h, or the control thread, whose
// channels are of cross/crossing.h. Header and handler are one for both.
//
// All functions here are called in the handler's thread, from any callback or timer of it; none
// of them waits, allocates, or calls a callback. What a handler does not read stays in the pages
// in which it came: after CHANNEL_PARTS pages nothing more is taken from TCP, whose window then
// closes. What TCP does not take is refused: channel_write takes less, and `writable` follows.
//
// A byte is copied on its way in when the handler asks for that (channel_read), or for more
// bytes side by side than lie in one page.
#ifndef TCPIP_TCP_CHANNEL_H
#define TCPIP_TCP_CHANNEL_H

#include "proto/tcpip/tcp/tcp.h"

#define CHANNEL_PARTS 32 // pages that wait for a handler, beside those that wait in TCP

struct channel;

// The handler's. Each may be NULL. The ctx is the one given at listening or connecting, or that
// of channel_set_handler.
struct channel_ops {
	// The connection is established. The channel is valid until `closed` returns.
	void (*opened)(void *ctx, struct channel *channel, mono_t now);

	// More bytes have come since the last call, or the end has. What is not read now can be
	// read at any later time; another call comes only with more bytes.
	void (*readable)(void *ctx, struct channel *channel, mono_t now);

	// There is room again, since channel_write took less than it was given.
	void (*writable)(void *ctx, struct channel *channel, mono_t now);

	// The last call for a channel, exactly one for each that was opened or connected. After
	// TCP_END_DONE, and without channel_close, it comes when all bytes have been read; after
	// other ends what was not read is lost.
	void (*closed)(void *ctx, struct channel *channel, enum tcp_end end, mono_t now);
};

// Replaces the handler, as of the next call. ops are borrowed until `closed`.
void channel_set_handler(struct channel *channel, const struct channel_ops *ops, void *ctx);

// The two ends; of a channel that is being connected, not before `opened`.
struct tcp_peers channel_peers(const struct channel *channel) PURE;

// Bytes that a reading function points to may be changed by the handler. They stay valid until
// the next reading function of the channel is called, or the callback returns.
enum channel_got {
	CHANNEL_GOT,
	CHANNEL_WAIT,     // not all of it has come; `readable` follows
	CHANNEL_END,      // the peer has ended before it was complete; channel_read has the rest
	CHANNEL_TOO_LONG, // it will never fit; nothing of it was read
};

// Copies up to len bytes that have come; returns how many. After 0, channel_ended says
// whether more may come.
uint32_t channel_read(struct channel *channel, void *bytes, uint32_t len) MUST_CHECK;

// The next `len` bytes, side by side; CHANNEL_TOO_LONG when that is more than the buffer_bytes
// that channels have. Those that have come and are not complete are kept in a buffer of the
// channel's, not in pages.
enum channel_got channel_read_exact(struct channel *channel, uint32_t len,
                                    uint8_t **bytes) MUST_CHECK;

// The next line, without its end, which is "\n" or "\r\n"; a NUL is put in the place of that.
// *len is without the NUL; the line may hold others. CHANNEL_TOO_LONG when it has more than max
// bytes, or more than buffer_bytes - 2. The cost of all calls for one line is that of one
// look at each byte.
enum channel_got channel_read_line(struct channel *channel, uint32_t max, char **line,
                                   uint32_t *len) MUST_CHECK;

// Without copying: points to the next bytes that lie together, *len of them; NULL and 0 when none
// have come. They are read when channel_skip says so.
uint8_t *channel_peek(struct channel *channel, uint32_t *len) MUST_CHECK;

// Reads n bytes, which have come, without a look at them.
void channel_skip(struct channel *channel, uint32_t n);

// Whether the peer has sent all it had (FIN), and all of it was read.
bool channel_ended(const struct channel *channel) MUST_CHECK;

// How many bytes channel_write takes now.
uint32_t channel_room(const struct channel *channel) MUST_CHECK;

// Copies up to len bytes to be sent; returns how many were taken. When that is less than len,
// `writable` follows, unless it is because of channel_shutdown, channel_close or channel_abort,
// or the connection has ended. What is written in one callback leaves together, when it returns.
uint32_t channel_write(struct channel *channel, const void *bytes, uint32_t len) MUST_CHECK;

// Has what was written leave now, and not when the callback returns: for handlers that go on
// computing. Within a worker it leaves at the end of the turn in any case.
void channel_flush(struct channel *channel);

// No more is written; the peer sees the end (FIN) behind what was written. Reading goes on.
void channel_shutdown(struct channel *channel);

// The handler is done with the channel: what was written is sent, then the end; what comes is
// discarded. No callback follows but `closed`, when the peer has ended as well. A peer that
// neither ends nor takes any more of what is to be sent for CHANNELS_LINGER_US is reset.
void channel_close(struct channel *channel);

// Ends the connection with a reset; what was written and not sent is lost. Only `closed` follows,
// with TCP_END_ABORTED.
void channel_abort(struct channel *channel);

#endif
