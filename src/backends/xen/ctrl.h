// ctrl: the control ring of a vif (xen/io/netif.h, "Control ring"), by which wadi sets how the
// backend distributes frames over queues. It sends one request at a time and waits for the
// response. Only the control thread uses it; the data path does not.
#ifndef BACKENDS_XEN_CTRL_H
#define BACKENDS_XEN_CTRL_H

#include "backends/xen/ring.h"

struct xen_events;

struct ctrl {
	struct xen_ring ring;
	struct xen_events *events;
	uint32_t port;
	uint8_t *shared; // the ring's page, and one for keys and tables; NULL: not open
	uint32_t shared_ref[2];
	uint16_t id;
};

#define CTRL_KEY_BYTES 40

// Opens an empty ring shared with the domain; the caller publishes its grant reference and port in
// xenstore. Returns 0 or a negative errno, and then nothing is open.
int ctrl_open(struct ctrl *ctrl, uint16_t domain) MUST_CHECK;

// Closes the ring. `resumed`: the event channel is invalid and must not be closed (queue_unbind).
void ctrl_close(struct ctrl *ctrl, bool resumed);

static inline uint32_t ctrl_ring_ref(const struct ctrl *ctrl)
{
	return ctrl->shared_ref[0];
}

// Has the backend, which is connected, choose one of `queues` queues by a Toeplitz hash of the
// addresses and, for TCP, the ports. Returns 0; -ENOTSUP if the backend refuses; -ETIMEDOUT or
// -EPROTO.
int ctrl_hash(struct ctrl *ctrl, const uint8_t key[CTRL_KEY_BYTES], unsigned queues) MUST_CHECK;

#endif
