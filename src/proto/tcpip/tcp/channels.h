// channels: a worker's table of channels (channel.h): listeners, clients, and the memory that
// channels have, all of it allocated at the beginning. Handlers are called in the worker's thread;
// those of cross/crossing.h are called in the control thread.
#ifndef TCPIP_TCP_CHANNELS_H
#define TCPIP_TCP_CHANNELS_H

#include "core/wheel.h"
#include "proto/tcpip/tcp/channel.h"
#include "proto/tcpip/tcp/race.h"

#define CHANNELS_MAX       (1u << 20)
#define CHANNELS_LISTENERS 16

// Keep-alives that have no answer: how many, and how far apart.
#define CHANNELS_PROBES  5
#define CHANNELS_PROBE_S 10

// How long a channel that was closed waits for a peer that makes no progress.
#define CHANNELS_LINGER_US (20 * SEC_US)

struct channels;

struct channels_conf {
	struct tcp *tcp;              // the worker's
	struct wheel *wheel;          // the worker's
	struct worker_metric *metric; // the worker's
	uint32_t channels;            // most at a time, 1 to CHANNELS_MAX
	// Most bytes that channel_read_exact gives, and, with 2 for its end, channel_read_line;
	// at least 2. Memory for them is used when something incomplete came.
	uint32_t buffer_bytes;
};

// NULL without memory. Pages that wait for handlers are at most a quarter of those that TCP holds
// for its connections, and one for each channel: a worker needs more pages than twice its channels
// to be sure that it can receive, whatever its handlers do. All is borrowed until channels_close.
struct channels *channels_open(const struct channels_conf *conf) MUST_CHECK;

// Calls `closed` of all channels, with TCP_END_ABORTED, gives back all pages, and frees the table.
// The worker does not run, or this is its thread; its TCP is still open.
void channels_close(struct channels *all, mono_t now);

// The functions below are called by the worker, or by the control thread while the worker does
// not run.

struct channels_listener_conf {
	struct addr addr; // as of tcp_listener_conf
	uint16_t port;
	uint32_t backlog;
	const struct channel_ops *ops; // borrowed until the listener and its channels are gone
	void *ctx;
	// After that long without a sign of the peer it is probed, and when it does not answer the
	// channel ends with TCP_END_TIMEOUT (tcp_set_keepalive); 0: never.
	uint16_t keepalive_s;
	// As of tcp_listener_conf: how long a peer may acknowledge nothing, and whether both ends
	// say so (RFC 5482).
	uint32_t user_timeout_ms;
	bool user_timeout_option;
};

// Adds a listener. A connection for which there is no channel is reset, and counted as
// tcp.channels_full. 0, or an error of tcp_listen; -ENOSPC also after CHANNELS_LISTENERS.
int channels_listen(struct channels *all, const struct channels_listener_conf *conf) MUST_CHECK;

// Removes the listener with this address and port; its channels stay. -ENOENT: there is none.
int channels_unlisten(struct channels *all, struct addr addr, uint16_t port);

struct channels_connect_conf {
	struct addr local, remote; // as of tcp_connect_conf
	uint16_t local_port, remote_port;
	// More addresses of the host: all are raced for (tcp_race.h), and local and local_port are
	// not read.
	struct addr others[RACE_ADDRS - 1];
	unsigned others_len;
	uint64_t timeout_us;
	const struct channel_ops *ops; // borrowed until `closed`
	void *ctx;
	uint16_t keepalive_s; // as of channels_listener_conf, and so the others
	uint32_t user_timeout_ms;
	bool user_timeout_option;
};

// Opens a connection: `opened` or `closed` follows, never from within the call. 0 with *channel;
// an error of tcp_connect or tcp_race_begin; -ENOSPC when there is no channel. With several
// addresses nothing can be written before `opened`.
int channels_connect(struct channels *all, const struct channels_connect_conf *conf,
                     struct channel **channel, mono_t now) MUST_CHECK;

#endif
