// crossing: channels (proto/tcpip/tcp/channel.h) for handlers in the control thread: HTTP, SSH and
// all else that computes longer than packets may wait, or keeps state that all workers share. The
// connections are the workers'; bytes and news cross between the threads in rings with one
// writer and one reader each, and mailboxes wake the other side.
//
// What comes is read in the page in which it came; its page goes back to its worker when it is
// read. What is written goes through a ring of each channel. Both slow the other side down when
// they are full: see channel.h. Nothing is allocated after crossing_worker_open.
//
// All functions here, and all handlers, are called in the control thread.
#ifndef CROSS_CROSSING_H
#define CROSS_CROSSING_H

#include "core/host/control_loop.h"
#include "core/host/pipeline.h"
#include "proto/tcpip/tcp/channels.h"

#define CROSSING_WORKERS_MAX NETIF_QUEUES_MAX

struct crossing;

struct crossing_conf {
	struct control_loop *loop;
	uint32_t channels;     // most that each worker accepts at a time, 1 to CHANNELS_MAX
	uint32_t connects;     // most that are connected from here at a time, by each worker
	uint32_t buffer_bytes; // as of channels_conf
	uint32_t out_bytes;    // written bytes that wait for TCP, of a channel; a power of two
};

// For service->open. NULL without memory.
struct crossing *crossing_open(const struct crossing_conf *conf) MUST_CHECK;

// For service->close: all workers are closed, and the loop takes no more turns.
void crossing_close(struct crossing *crossing);

// For service->worker_open: adds a worker, with a number below CROSSING_WORKERS_MAX. 0 or -ENOMEM.
int crossing_worker_open(struct crossing *crossing, unsigned number, struct pipeline *pipeline,
                         struct tcp *tcp) MUST_CHECK;

// For service->worker_close: calls `closed` of all channels of this worker, with TCP_END_ABORTED.
// The worker has ended; its TCP is still open. No effect when the worker was not added.
void crossing_worker_close(struct crossing *crossing, unsigned number, mono_t now);

// Before the worker runs: as channels_listen. Each worker needs a listener of its own, since the
// device decides which of them gets a client.
int crossing_listen(struct crossing *crossing, unsigned number,
                    const struct channels_listener_conf *conf) MUST_CHECK;

// While all workers that were added run: adds a listener to each of them, or to none, and waits
// until they have it. 0; an error of channels_listen, of any worker; -ETIMEDOUT when one takes no
// turn for CROSSING_PATIENCE_US, -EBUSY while one has not taken an earlier change, -EAGAIN when a
// mailbox is full. Nothing else of the workers is disturbed.
#define CROSSING_PATIENCE_US (2 * SEC_US)
int crossing_listen_all(struct crossing *crossing,
                        const struct channels_listener_conf *conf) MUST_CHECK;

// As crossing_listen_all, but removes one from all workers; its channels stay. -ENOENT when one of
// them did not have it; what went wrong at one worker leaves it removed from the others.
int crossing_unlisten_all(struct crossing *crossing, struct addr addr, uint16_t port) MUST_CHECK;

// At any time while the worker is open: has it connect. `opened` or `closed` follows, never from
// within the call; with TCP_END_UNREACHABLE also when its table of connections is full. Bytes may
// be written before `opened`. 0 with *channel, or -ENOSPC: there is no channel. With several
// workers see tcp_connect.
int crossing_connect(struct crossing *crossing, unsigned number,
                     const struct channels_connect_conf *conf, struct channel **channel) MUST_CHECK;

#endif
