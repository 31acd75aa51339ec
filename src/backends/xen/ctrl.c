// ctrl: see the header.
#include "backends/xen/ctrl.h"

#include "backends/xen/xen.h"
#include "core/page.h"

#include <time.h>

#include <xen/io/netif.h>

#define WAIT_MS 2000

// Entries of the table that maps hashes to queues: enough for nearly equal shares of any number of
// queues.
#define MAPPING_ENTRIES 64

// The pages shared with the backend: the ring, and one for the data of requests.
enum { RING, SCRATCH, PAGES };

int ctrl_open(struct ctrl *ctrl, uint16_t domain)
{
	void *base;
	int err = xen_events_open(&ctrl->events);

	if (err)
		return err;
	err = xen_grant(domain, PAGES, ctrl->shared_ref, &base);
	if (!err) {
		ctrl->shared = base;
		err = xen_events_bind(ctrl->events, domain, &ctrl->port);
	}
	if (err) {
		ctrl_close(ctrl, false);
		return err;
	}
	xen_ring_init(&ctrl->ring, ctrl->shared, sizeof(struct xen_netif_ctrl_request));
	return 0;
}

void ctrl_close(struct ctrl *ctrl, bool resumed)
{
	if (ctrl->shared)
		xen_ungrant(ctrl->shared, PAGES);
	if (ctrl->events && !resumed)
		xen_events_close(ctrl->events);
	*ctrl = (struct ctrl){0};
}

// Waits for the response to the last request.
static int ctrl_await(struct ctrl *ctrl, struct xen_netif_ctrl_response *response)
{
	for (unsigned tries = 0; tries < WAIT_MS; tries++) {
		int ready = xen_ring_responses(&ctrl->ring);

		if (ready < 0)
			return ready;
		if (ready > 0) {
			xen_ring_take(&ctrl->ring, response, sizeof(*response));
			return response->id == ctrl->id ? 0 : -EPROTO;
		}
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return -ETIMEDOUT;
}

static int ctrl_request(struct ctrl *ctrl, uint16_t type, uint32_t a, uint32_t b, uint32_t c)
{
	struct xen_netif_ctrl_request request = {.id = ++ctrl->id, .type = type, .data = {a, b, c}};
	struct xen_netif_ctrl_response response;
	int err;

	xen_ring_put(&ctrl->ring, &request, sizeof(request));
	if (xen_ring_push(&ctrl->ring))
		xen_events_notify(ctrl->events, ctrl->port);
	err = ctrl_await(ctrl, &response);
	if (err)
		return err;
	return response.status == XEN_NETIF_CTRL_STATUS_SUCCESS ? 0 : -ENOTSUP;
}

int ctrl_hash(struct ctrl *ctrl, const uint8_t key[CTRL_KEY_BYTES], unsigned queues)
{
	const uint32_t types = XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP |
	                       XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP;
	uint32_t *scratch = (uint32_t *)(ctrl->shared + SCRATCH * PAGE_BYTES);
	uint32_t ref = ctrl->shared_ref[SCRATCH];
	int err = ctrl_request(ctrl, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM,
	                       XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ, 0, 0);

	if (!err)
		err = ctrl_request(ctrl, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, types, 0, 0);
	memcpy(scratch, key, CTRL_KEY_BYTES);
	if (!err)
		err = ctrl_request(ctrl, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, ref, CTRL_KEY_BYTES, 0);
	if (!err)
		err = ctrl_request(ctrl, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, MAPPING_ENTRIES,
		                   0, 0);
	for (uint32_t i = 0; i < MAPPING_ENTRIES; i++)
		scratch[i] = i % queues;
	if (!err)
		err = ctrl_request(ctrl, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, ref, MAPPING_ENTRIES,
		                   0);
	return err;
}
