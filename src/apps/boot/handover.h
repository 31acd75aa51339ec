// handover: an appliance goes from one process to another on the same machine, without a gap
// (docs/decisions/0025-handover.md). The new process asks for it by the control socket of the
// one that serves, when it has loaded all that it serves and before it opens a device:
//
// offer  the old one goes on serving, and sends its descriptors: the control socket's and
//        those of its devices (netif_ops.give)
// leave  it has TCP connections end on which an answer is in progress, once that is complete, and
//        says how many there are: asked again until there is none, or drain_ms is over
// stop   its workers answer what they have received and stop; packets wait in the devices
// done   the new one's workers are ready; the old one ends, and leaves all that is not its alone
//
// Until done, the old one serves again when the new one goes away or keeps it waiting: what is in
// the devices is its own, and the new one's workers touch it when done is answered.
#ifndef BOOT_HANDOVER_H
#define BOOT_HANDOVER_H

#include "apps/boot/control.h"
#include "core/netif.h"

#define HANDOVER_PROTOCOL    1
#define HANDOVER_PATIENCE_US (10 * SEC_US)
#define HANDOVER_NEIGHBOURS  4096 // of each port, at most

struct boot;

// The side of the process that serves; all zeros: no other process has asked.
struct handover_give {
	const struct control_peer *to; // the process that asked; NULL: none
	bool stopped;                  // workers do not run
	bool done;
	mono_t leave_until; // 0: `leave` was not asked for
	struct wheel_timer patience;
	int fds[CONTROL_FDS_MAX];
};

// The reply to {"command": "handover"} from the peer, whose end is reported by
// handover_give_gone. A new reference.
json_t *handover_give(struct boot *boot, const json_t *request, const struct control_peer *peer);

// A control_conf.gone with ctx a struct boot.
void handover_give_gone(void *ctx, const struct control_peer *peer);

// No timer of it is in the control loop any more.
void handover_give_end(struct boot *boot);

struct handover_port {
	char device[NETIF_NAME_BYTES];
	struct netif_handover given;
	struct why why; // why it cannot be handed over; empty: it can
};

// The side of the process that takes over.
struct handover_take {
	int fd; // of the connection; -1: there is none, and nothing is taken over
	struct handover_port *ports;
	unsigned ports_len, workers;
	uint64_t watchdog_us;     // of struct notify: a manager gives it to its first process alone
	int fds[CONTROL_FDS_MAX]; // as they came; the first is the control socket's
	unsigned fds_len;
};

// Asks the process that serves the control socket for an offer. 0, with take->fd -1 when no
// process does; or negative errno with a sentence in why. Needs handover_take_close in any case.
int handover_take_open(struct handover_take *take, const char *socket, struct why *why) MUST_CHECK;

// What the other process has of the device, for struct backend_conf; NULL in *given: it does
// not have it. 0, or negative errno with a sentence in why: it has it, and cannot hand it over.
int handover_take_find(const struct handover_take *take, const char *device,
                       const struct netif_handover **given, struct why *why) MUST_CHECK;

// Has the other process stop, and takes over the devices and neighbours of boot, whose workers
// are open and do not run. 0, or negative errno with a sentence in why.
int handover_take_stop(struct handover_take *take, struct boot *boot, struct why *why) MUST_CHECK;

// The workers of this process are ready: the other one ends. 0, or negative errno with a sentence
// in why; it serves again then.
int handover_take_done(struct handover_take *take, struct why *why) MUST_CHECK;

// Also one that is all zeros but for fd -1. Before done the other process serves on or again.
void handover_take_close(struct handover_take *take);

#endif
