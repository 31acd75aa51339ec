// packets: packets that a control client asks for, as the workers leave them in their
// rings (core/host/pkt_watch.h): one client at a time, of which nothing stays when it is
// gone. A client asks for what has come whenever it likes; the workers wait for nothing.
#ifndef BOOT_PACKETS_H
#define BOOT_PACKETS_H

#include "apps/boot/control.h"
#include "apps/boot/worker.h"
#include "core/host/json.h"

#define PACKETS_SNAP_MIN 64
#define PACKETS_SNAP     65535         // default
#define PACKETS_LEASE_US (30 * SEC_US) // of silence of the client, then its watch ends
#define PACKETS_AT_ONCE  256           // in a reply
#define PACKETS_CONSOLE  16            // in one over a console

struct packets_worker;

// All zeros is valid.
struct packets {
	struct packets_worker *of; // each worker; NULL: there is no watch
	unsigned len;
	bool armed;
	struct control_peer owner; // session 0: gone
	struct control_loop *loop;
	struct wheel_timer timer;
	mono_t heard;     // when the owner last asked
	uint64_t real_us; // real time minus monotonic time
	uint64_t taken;
};

struct packets_start {
	struct worker *workers;
	unsigned len;
	struct control_loop *loop;
	const struct metric_row *drops; // all reasons of the appliance
	const char *filter;             // as filter_text.h reads it
	const char *snap;               // most bytes of a frame, as text; NULL: PACKETS_SNAP
	const struct control_peer *peer;
};

// Has all workers watch, from the return on. 0; -EBUSY while another session has a watch;
// -EINVAL, -ENOMEM or -ETIMEDOUT. All with a sentence in why.
int packets_start(struct packets *packets, const struct packets_start *start,
                  struct why *why) MUST_CHECK;

// What packets and reasons are called in a reply.
struct packets_names {
	const struct boot_port_conf *ports;
	size_t ports_len;
	const struct metric_row *drops; // the reason with id N is the row N - 1
};

// Adds up to PACKETS_AT_ONCE, or PACKETS_CONSOLE, "packets" to the reply, by time, "lost", how many
// found no room so far, and "armed". After packets_stop, a reply without packets is the last. 0, or
// -ENOENT with a sentence in why when the session has no watch.
int packets_next(struct packets *packets, const struct control_peer *peer,
                 const struct packets_names *names, json_t *reply, struct why *why) MUST_CHECK;

// Ends the watch; what has come may still be asked for. As packets_next.
int packets_stop(struct packets *packets, const struct control_peer *peer,
                 struct why *why) MUST_CHECK;

// The session has ended: so does its watch.
void packets_gone(struct packets *packets, const struct control_peer *peer);

// The workers have stopped, and are still open.
void packets_close(struct packets *packets);

#endif
