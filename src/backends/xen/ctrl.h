// ctrl: the control ring of a vif, by which we choose how the backend spreads
// frames over queues (xen/io/netif.h, "Control ring"). One request at a time, each
// waited for. The data path does not know it.
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

// Opens a fresh ring for the domain, to be published by its reference and port.
// 0 or a negative errno; then nothing is open.
int ctrl_open(struct ctrl *ctrl, uint16_t domain) MUST_CHECK;

// resumed: the event channel is void and must not be closed (see queue_unbind).
void ctrl_close(struct ctrl *ctrl, bool resumed);

static inline uint32_t ctrl_ring_ref(const struct ctrl *ctrl)
{
	return ctrl->shared_ref[0];
}

// The backend being connected: a Toeplitz hash of the addresses and, for TCP, the
// ports chooses one of `queues` queues. 0, -ENOTSUP when the backend does not do
// it, -ETIMEDOUT, -EPROTO.
int ctrl_hash(struct ctrl *ctrl, const uint8_t key[CTRL_KEY_BYTES], unsigned queues) MUST_CHECK;

#endif
