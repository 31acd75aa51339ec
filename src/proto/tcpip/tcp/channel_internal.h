// channel_internal: a channel from inside, as channel.c (the handler's side), channel_tcp.c and
// channel_linger.c (TCP's), channels.c (the table) and cross/crossing.c (between two threads)
// share it.
//
// The two sides meet in a ring of parts and a ring of bytes, both with one writer and one reader,
// and in two sets of flags, each with one writer. So a side may be in a thread of its own: it
// changes what is its own, and rings the bell of the other one, which looks at everything.
//
// A part's page belongs to the worker. The handler reads it in place and moves parts_tail; the
// worker then gives the page back, and uses the part's place again.
//
// A channel is used again when both sides are done with it: TCP's side says CHANNEL_CLOSED, after
// which it does not touch the connection any more, and then the handler's says CHANNEL_DONE,
// after which it does not touch the channel any more. A bell may still be on its way then. So each
// use has a generation, which is part of both sets of flags: what was said in an earlier one does
// not count. Each side clears what is its own when a use begins; positions in rings go on.
#ifndef TCPIP_TCP_CHANNEL_INTERNAL_H
#define TCPIP_TCP_CHANNEL_INTERNAL_H

#include "proto/tcpip/tcp/channels.h"
#include "proto/tcpip/tcp/tcp_race.h"

#include <stdatomic.h>

_Static_assert((CHANNEL_PARTS & (CHANNEL_PARTS - 1)) == 0, "positions wrap");

// What TCP's side says.
enum channel_status {
	CHANNEL_OPENED = 1 << 0,
	CHANNEL_ENDED = 1 << 1,  // all that came before the peer's end is in the parts
	CHANNEL_CLOSED = 1 << 2, // with `end`
	CHANNEL_FREE = 1 << 3,   // of a channel that the handler's side allocates
};

// What the handler's side says.
enum channel_wish {
	CHANNEL_CONNECT = 1 << 0, // with `connect`
	CHANNEL_SHUTDOWN = 1 << 1,
	CHANNEL_CLOSE = 1 << 2,
	CHANNEL_ABORT = 1 << 3,
	CHANNEL_DONE = 1 << 4,
};

// A word of flags, with the generation above them.
#define CHANNEL_FLAG_BITS       8
#define CHANNEL_GENERATION_MASK (UINT32_MAX >> CHANNEL_FLAG_BITS)

static inline uint32_t channel_word(uint32_t generation, unsigned flags)
{
	return generation << CHANNEL_FLAG_BITS | flags;
}

static inline uint32_t channel_word_generation(uint32_t word)
{
	return word >> CHANNEL_FLAG_BITS;
}

// What was said in this generation.
static inline uint8_t channel_word_flags(uint32_t word, uint32_t generation)
{
	return channel_word_generation(word) == generation ? (uint8_t)word : 0;
}

struct channel {
	// The handler's side.
	CACHE_ALIGNED const struct channel_ops *ops;
	void *ctx;
	uint32_t generation;
	uint8_t *buffer;                // of all->conf.buffer_bytes
	uint32_t buffer_at, buffer_end; // what is in it and was not read
	uint32_t scanned;               // unread bytes that hold no end of a line
	uint32_t tail;                  // of parts, as parts_tail says, or will
	uint32_t seen;                  // head of parts when `readable` was called last
	uint16_t taken;                 // bytes of the first part that were read
	bool opened_seen, end_seen;     // the handler knows
	bool known;                     // the handler expects `closed`
	bool listed;                    // free, in the crossing's list
	uint8_t wished;                 // as `wish`
	struct channel *next;           // in a list: see below

	// TCP's side.
	CACHE_ALIGNED uint32_t tcp_generation;
	const struct channel_ops *first_ops; // the handler, when one of ours is accepted
	void *first_ctx;
	struct tcp_conn *conn;       // NULL: none yet, or no more
	uint32_t head;               // of parts, as parts_head
	uint32_t reclaimed;          // parts whose pages were given back
	uint32_t unsent;             // bytes, when `linger` was last looked at
	bool in_use;                 // not in all->free
	bool refused;                // TCP holds data that found no place
	bool racing;                 // and so has no conn
	bool shut, aborted, closing; // what was wished for was done
	bool soon;                   // in the list all->soon
	uint16_t keepalive_s;
	struct tcp_peers peers;
	enum tcp_end end;
	mono_t linger; // when to look at it again
	struct channel *linger_prev, *linger_next;

	// Written by TCP's side and read by the other, then the other way round.
	CACHE_ALIGNED _Atomic uint32_t parts_head;
	_Atomic uint32_t out_tail;
	_Atomic uint32_t status; // CHANNEL_OPENED...
	_Atomic bool rung_up;    // the crossing's
	CACHE_ALIGNED _Atomic uint32_t parts_tail;
	_Atomic uint32_t out_head;
	_Atomic uint32_t wish; // CHANNEL_CONNECT...
	_Atomic bool wants_room;
	_Atomic bool rung_down; // the crossing's

	// Do not change.
	CACHE_ALIGNED struct channels *all;
	bool handler_allocates;
	uint8_t *out; // ring of all->out_bytes; NULL: written bytes go to TCP at once
	union {
		struct tcp_data part[CHANNEL_PARTS];
		// Before it is opened.
		struct {
			struct channels_connect_conf
			        connect;      // the handler's, until CHANNEL_CONNECT
			struct tcp_race race; // TCP's side
		};
	};
};
_Static_assert(sizeof(struct channels_connect_conf) + sizeof(struct tcp_race) <=
                       CHANNEL_PARTS * sizeof(struct tcp_data),
               "connecting takes no memory of its own");

// How the sides call each other across threads; NULL of both: they share one.
struct channels_bells {
	// Has channel_dispatch called in the handler's thread. From TCP's.
	void (*up)(struct channel *channel);
	// Has channel_tcp_service called in the worker. From the handler's.
	void (*down)(struct channel *channel);
	void (*flush)(struct channel *channel); // does not wait for others with that
};

struct channels_listener {
	struct channels *all;
	struct tcp_listener *tcp; // NULL: unused
	struct channels_listener_conf conf;
};

struct channels {
	struct channels_conf conf;
	const struct channels_bells *bells; // NULL: one thread
	void *ctx;                          // of the bells
	uint32_t out_bytes;                 // a power of two; 0 with one thread
	struct channel *channel;
	uint8_t *buffers, *outs;
	uint32_t len;              // of the array: conf.channels, then those that handlers allocate
	uint32_t used;             // of conf.channels; beyond them all are untouched
	uint32_t pages, pages_max; // that handlers have not read; beyond pages_max one a channel
	struct channel *free;      // by `next`; TCP's side
	bool closing;              // nothing is allocated any more
	struct channel *soon;      // by `next`: channel_dispatch is due; one thread
	struct wheel_timer soon_timer;
	struct channel *linger_first, *linger_last;
	struct wheel_timer linger_timer;
	struct channels_listener listener[CHANNELS_LISTENERS];
};

// channel.c. Begins a use of the channel on the handler's side.
void channel_begin(struct channel *channel, uint32_t generation, const struct channel_ops *ops,
                   void *ctx);
// For the crossing: begins one that the handler's side allocates.
void channel_connect(struct channel *channel, const struct channels_connect_conf *conf);
// Calls the handler as far as there is something to say. The channel may be gone after
// it.
void channel_dispatch(struct channel *channel, mono_t now);
// Ends the handler's side at once: calls `closed` if the handler knows the channel.
void channel_finish(struct channel *channel, enum tcp_end end, mono_t now);

// channel_tcp.c. Makes the i-th channel of the table ready for its first use.
struct channel *channel_tcp_prepare(struct channels *all, uint32_t i);
// Begins a use of one; NULL: all are in use.
struct channel *channel_tcp_alloc(struct channels *all);
int channel_tcp_connect(struct channel *channel, const struct channels_connect_conf *conf,
                        mono_t now);
// Takes from the handler's side what it has changed. The channel may be free after it.
void channel_tcp_service(struct channel *channel);
// As channel_tcp_service, but connects one that the handler's side has allocated.
void channel_tcp_service_connect(struct channel *channel, mono_t now);
// Ends the race of a channel that is racing.
void channel_tcp_cancel(struct channel *channel);
void channel_tcp_soon(struct wheel_timer *timer, mono_t now);
extern const struct tcp_ops channel_tcp_accepted; // with ctx a struct channels_listener

// channel_linger.c. The handler has closed the channel.
void channel_linger_begin(struct channel *channel);
// The connection has ended. No effect when the channel does not linger.
void channel_linger_remove(struct channel *channel);
void channel_linger_fire(struct wheel_timer *timer, mono_t now);

// channels.c. As channels_open; `connects` channels more that the handler's side allocates,
// with room for out_bytes to be sent in each.
struct channels *channels_open_crossing(const struct channels_conf *conf,
                                        const struct channels_bells *bells, void *ctx,
                                        uint32_t connects, uint32_t out_bytes) MUST_CHECK;

#endif
