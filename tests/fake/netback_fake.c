// netback_fake: see the header. First the handshake, then the rings, then protocol violations.
#include "netback_fake.h"

#include "backends/xen/ring.h"
#include "backends/xen/xenbus.h"
#include "core/host/clock.h"
#include "core/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/netif.h>

#define MASK 255u // of either ring

static uint32_t draw(struct netback *nb)
{
	nb->rand = nb->rand * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(nb->rand >> 33);
}

// Whether this action violates the protocol.
static bool lies(struct netback *nb)
{
	if (nb->conf.lie_every == 0 || draw(nb) % nb->conf.lie_every)
		return false;
	nb->lies++;
	return true;
}

static void say(struct netback *nb, enum xenbus_state state)
{
	char path[128], text[8];

	snprintf(path, sizeof(path), "%s/state", nb->back);
	snprintf(text, sizeof(text), "%d", (int)state);
	store_fake_set(nb->store, path, text);
}

static long number(struct netback *nb, const char *folder, const char *key, long fallback)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	if (!store_fake_get(nb->store, path, text, sizeof(text)))
		return fallback;
	return strtol(text, NULL, 10);
}

static long front_number(struct netback *nb, unsigned queue, const char *key)
{
	char folder[96];
	long fallback = -1;

	snprintf(folder, sizeof(folder), "%s/queue-%u", nb->front, queue);
	return number(nb, nb->queues > 1 ? folder : nb->front, key, fallback);
}

static struct netback_grant map(long ref)
{
	struct netback_grant grant = {.ref = (uint32_t)ref};

	if (ref >= 0)
		grant.page = xen_fake_map(XEN_FAKE_BACKEND, grant.ref);
	return grant;
}

static void unmap(struct netback_grant *grant)
{
	if (grant->page)
		xen_fake_unmap(grant->ref);
	*grant = (struct netback_grant){0};
}

static void disconnect(struct netback *nb)
{
	for (unsigned i = 0; i < NETBACK_QUEUES_MAX; i++) {
		struct netback_queue *queue = &nb->queue[i];

		if (queue->tx.page || queue->rx.page) {
			xen_fake_leave(queue->port_tx);
			xen_fake_leave(queue->port_rx);
		}
		unmap(&queue->tx);
		unmap(&queue->rx);
		*queue = (struct netback_queue){.fd = queue->fd};
	}
	if (nb->ctrl.page)
		xen_fake_leave(nb->ctrl_port);
	unmap(&nb->ctrl);
	nb->connected = false;
	nb->groups_len = 0;
}

static bool connect_queue(struct netback *nb, unsigned i)
{
	struct netback_queue *queue = &nb->queue[i];
	long tx = front_number(nb, i, "event-channel-tx");
	long rx = front_number(nb, i, "event-channel-rx");

	// Netback prefers split channels, even if another frontend wrote them.
	if (tx < 0 || rx < 0)
		tx = rx = front_number(nb, i, "event-channel");
	queue->tx = map(front_number(nb, i, "tx-ring-ref"));
	queue->rx = map(front_number(nb, i, "rx-ring-ref"));
	queue->port_tx = (uint32_t)tx;
	queue->port_rx = (uint32_t)rx;
	return queue->tx.page && queue->rx.page && tx >= 0 &&
	       xen_fake_join(XEN_FAKE_BACKEND, queue->port_tx, queue->fd) &&
	       xen_fake_join(XEN_FAKE_BACKEND, queue->port_rx, queue->fd);
}

// As netback does, enters Connected even when the rings cannot be mapped.
static void connect_all(struct netback *nb)
{
	bool whole = number(nb, nb->front, "request-rx-copy", 0) == 1;

	disconnect(nb);
	nb->queues = (unsigned)number(nb, nb->front, "multi-queue-num-queues", 1);
	whole = whole && nb->queues >= 1 && nb->queues <= nb->conf.queues;
	for (unsigned i = 0; whole && i < nb->queues; i++)
		whole = connect_queue(nb, i);
	if (whole && nb->conf.ctrl && number(nb, nb->front, "ctrl-ring-ref", -1) >= 0) {
		nb->ctrl = map(number(nb, nb->front, "ctrl-ring-ref", -1));
		nb->ctrl_port = (uint32_t)number(nb, nb->front, "event-channel-ctrl", -1);
		nb->ctrl_cons = 0;
		whole = nb->ctrl.page &&
		        xen_fake_join(XEN_FAKE_BACKEND, nb->ctrl_port, nb->queue[0].fd);
	}
	if (!whole)
		disconnect(nb);
	nb->connected = whole;
	nb->connects += whole;
	say(nb, XENBUS_CONNECTED);
}

// Whether the time that connecting takes is over, since the frontend asked for it.
static bool is_ready(struct netback *nb)
{
	mono_t now = clock_kernel();

	if (nb->asked.us == 0)
		nb->asked = now;
	return now.us - nb->asked.us >= nb->conf.late_s * SEC_US;
}

// What xen-netback's frontend_changed does.
static void handshake(struct netback *nb)
{
	long front = number(nb, nb->front, "state", 0), back = number(nb, nb->back, "state", 0);
	bool online = number(nb, nb->back, "online", 0) == 1;

	if (back == XENBUS_UNKNOWN)
		return;
	if (front != XENBUS_CONNECTED)
		nb->asked.us = 0;
	if (front == XENBUS_INITIALISING && back == XENBUS_CLOSED && online)
		say(nb, XENBUS_INIT_WAIT);
	else if (front == XENBUS_CONNECTED && back == XENBUS_INIT_WAIT) {
		if (is_ready(nb))
			connect_all(nb);
	} else if (front == XENBUS_CLOSING && back != XENBUS_CLOSING && back != XENBUS_CLOSED) {
		disconnect(nb);
		say(nb, XENBUS_CLOSING);
	} else if (front == XENBUS_CLOSED && back != XENBUS_CLOSED && back != XENBUS_INIT_WAIT) {
		disconnect(nb);
		say(nb, XENBUS_CLOSED);
	} else if (front == XENBUS_INITIALISING && back == XENBUS_CONNECTED) {
		disconnect(nb); // the guest's nodes were recreated meanwhile
		say(nb, XENBUS_INIT_WAIT);
	}
}

static struct xen_ring_shared *head_of(const struct netback_grant *grant)
{
	return (struct xen_ring_shared *)grant->page;
}

static void slot_read(const struct netback_grant *ring, uint32_t index, void *to, size_t slot,
                      size_t bytes)
{
	const volatile xen_ring_word_t *from =
	        (xen_ring_word_t *)(ring->page + 64 + (index & MASK) * slot);

	for (size_t i = 0; i < bytes / 4; i++)
		((xen_ring_word_t *)to)[i] = from[i];
}

static void slot_write(const struct netback_grant *ring, uint32_t index, const void *from,
                       size_t slot, size_t bytes)
{
	volatile xen_ring_word_t *to = (xen_ring_word_t *)(ring->page + 64 + (index & MASK) * slot);

	for (size_t i = 0; i < bytes / 4; i++)
		to[i] = ((const xen_ring_word_t *)from)[i];
}

static void publish(struct netback *nb, struct netback_grant *ring, uint32_t *prod, uint32_t by,
                    uint32_t port)
{
	uint32_t old = *prod, event;

	if (lies(nb))
		by += draw(nb) % 3 ? draw(nb) % 300 : draw(nb);
	*prod += by;
	__atomic_store_n(&head_of(ring)->rsp_prod, *prod, __ATOMIC_SEQ_CST);
	event = __atomic_load_n(&head_of(ring)->rsp_event, __ATOMIC_SEQ_CST);
	if (*prod - event < *prod - old) {
		nb->notified++;
		xen_fake_notify(port);
	}
}

static void respond_tx(struct netback *nb, struct netback_queue *queue, uint16_t id, int16_t status,
                       unsigned nulls)
{
	struct netif_tx_response response = {.id = id, .status = status};
	uint32_t at = queue->rsp_tx;

	if (lies(nb)) {
		response.id = (uint16_t)draw(nb);
		response.status = (int16_t)(draw(nb) % 2 ? draw(nb) : NETIF_RSP_NULL);
	}
	slot_write(&queue->tx, at++, &response, 12, sizeof(response));
	for (unsigned i = 0; i < nulls; i++) {
		response = (struct netif_tx_response){.status = NETIF_RSP_NULL};
		slot_write(&queue->tx, at++, &response, 12, sizeof(response));
	}
	publish(nb, &queue->tx, &queue->rsp_tx, 1 + nulls, queue->port_tx);
}

// Free pages of the guest's pool are granted, but poisoned by the sanitizer. A backend that
// violates the protocol may access them, as with real memory.
__attribute__((no_sanitize("address"))) static void foreign_copy(volatile uint8_t *to,
                                                                 const volatile uint8_t *from,
                                                                 size_t len)
{
	while (len-- > 0)
		*to++ = *from++;
}

static bool page_copy(uint32_t ref, uint16_t offset, void *bytes, size_t len, bool to_guest)
{
	uint8_t *page = offset + len <= PAGE_BYTES ? xen_fake_map(XEN_FAKE_BACKEND, ref) : NULL;

	if (!page)
		return false;
	if (to_guest)
		foreign_copy(page + offset, bytes, len);
	else
		foreign_copy(bytes, page + offset, len);
	xen_fake_unmap(ref);
	return true;
}

static void out_add(struct netback *nb, const struct netback_frame *frame)
{
	struct netback_frame *to = &nb->out[nb->out_head % NETBACK_FRAMES_MAX];

	nb->received++;
	if (nb->out_head - nb->out_tail == NETBACK_FRAMES_MAX)
		return; // the test does not read them; they are only counted
	*to = *frame;
	to->bytes = malloc(frame->len ? frame->len : 1);
	memcpy(to->bytes, frame->bytes, frame->len);
	nb->out_head++;
}

static void extra_note(struct netback *nb, struct netback_frame *frame,
                       const struct netif_extra_info *extra, bool *is_group)
{
	if (extra->type == XEN_NETIF_EXTRA_TYPE_GSO) {
		frame->gso_size = extra->u.gso.size;
		frame->gso_type = extra->u.gso.type;
	} else if (extra->type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD && nb->groups_len < 64) {
		memcpy(nb->group[nb->groups_len++], extra->u.mcast.addr, 6);
		*is_group = true;
	} else {
		nb->tx_bad++;
	}
}

// Takes one whole frame off the transmit ring.
static void take_frame(struct netback *nb, struct netback_queue *queue, uint32_t prod)
{
	static uint8_t bytes[NETBACK_FRAME_MAX + PAGE_BYTES];
	struct netback_frame frame = {.bytes = bytes, .queue = (unsigned)(queue - nb->queue)};
	uint16_t id[32];
	unsigned ids = 0, extras = 0;
	bool more = true, extra = false, bad = false, is_group = false;
	uint32_t total = 0;

	while ((more || extra) && queue->tx_cons != prod && ids < 32) {
		struct netif_tx_request request;
		uint32_t len;

		if (extra) {
			struct netif_extra_info info;

			slot_read(&queue->tx, queue->tx_cons++, &info, 12, sizeof(info));
			extra = info.flags & XEN_NETIF_EXTRA_FLAG_MORE;
			extras++;
			extra_note(nb, &frame, &info, &is_group);
			continue;
		}
		slot_read(&queue->tx, queue->tx_cons++, &request, 12, sizeof(request));
		if (ids == 0) {
			total = request.size;
			frame.blank = request.flags & NETTXF_csum_blank;
			frame.validated = request.flags & NETTXF_data_validated;
		}
		id[ids++] = request.id;
		more = request.flags & NETTXF_more_data;
		extra = request.flags & NETTXF_extra_info;
		len = request.size;
		if (ids == 1 && more) {
			// The size in the first slot is that of the whole frame.
			struct netif_tx_request next;
			uint32_t behind = 0, at = queue->tx_cons + extra;

			do {
				slot_read(&queue->tx, at++, &next, 12, sizeof(next));
				behind += next.size;
			} while (next.flags & NETTXF_more_data);
			bad = bad || behind >= total;
			len = bad ? 0 : total - behind;
		}
		if (is_group || frame.len + len > NETBACK_FRAME_MAX ||
		    !page_copy(request.gref, request.offset, bytes + frame.len, len, false))
			bad = true;
		else
			frame.len += len;
		frame.slots++;
	}
	if (!bad && !is_group && (more || extra || frame.len != total || frame.len < 14))
		bad = true;
	nb->tx_bad += bad;
	if (!bad && !is_group)
		out_add(nb, &frame);
	for (unsigned i = 0; i < ids; i++) {
		if (nb->conf.hold && queue->held_len < 256 && !is_group && !extras)
			queue->held_id[queue->held_len++] = id[i];
		else
			respond_tx(nb, queue, id[i], bad ? NETIF_RSP_ERROR : NETIF_RSP_OKAY,
			           i == 0 ? extras : 0);
	}
}

static bool serve_tx(struct netback *nb, struct netback_queue *queue)
{
	struct xen_ring_shared *head = head_of(&queue->tx);
	uint32_t prod = __atomic_load_n(&head->req_prod, __ATOMIC_SEQ_CST);
	bool worked = false;

	if (prod - queue->tx_cons > 256) {
		nb->tx_bad++;
		return false;
	}
	while (queue->tx_cons != prod) {
		take_frame(nb, queue, prod);
		worked = true;
	}
	if (!nb->conf.polls)
		__atomic_store_n(&head->req_event, queue->tx_cons + 1, __ATOMIC_SEQ_CST);
	return worked;
}

// Divides the frame into slots; the first may be short on purpose.
static uint32_t slot_len(const struct netback *nb, uint32_t done, uint32_t len)
{
	uint32_t most = done == 0 && nb->conf.first_slot ? nb->conf.first_slot : PAGE_BYTES;

	return len - done < most ? len - done : most;
}

static unsigned slots_of(const struct netback *nb, const struct netback_frame *frame)
{
	unsigned slots = frame->gso_size != 0;

	for (uint32_t done = 0; done < frame->len; slots++)
		done += slot_len(nb, done, frame->len);
	return slots;
}

static void lie_rx(struct netback *nb, struct netif_rx_response *response)
{
	switch (draw(nb) % 5) {
	case 0:
		response->id = (uint16_t)draw(nb);
		break;
	case 1:
		response->offset = (uint16_t)draw(nb);
		break;
	case 2:
		response->status = (int16_t)draw(nb);
		break;
	case 3:
		response->flags = (uint16_t)(draw(nb) % 32);
		break;
	default:
		*response = (struct netif_rx_response){(uint16_t)draw(nb), (uint16_t)draw(nb),
		                                       (uint16_t)draw(nb), (int16_t)draw(nb)};
		break;
	}
}

static void put_frame(struct netback *nb, struct netback_queue *queue,
                      const struct netback_frame *frame)
{
	uint32_t done = 0, at = queue->rsp_rx;
	unsigned slots = 0;

	while (done < frame->len) {
		uint32_t len = slot_len(nb, done, frame->len);
		struct netif_rx_request request;
		struct netif_rx_response response = {.status = (int16_t)len};

		slot_read(&queue->rx, queue->rx_cons++, &request, 8, sizeof(request));
		response.id = request.id;
		if (!page_copy(request.gref, 0, frame->bytes + done, len, true))
			response.status = NETIF_RSP_ERROR;
		if (done == 0) {
			response.flags |= frame->blank ? NETRXF_csum_blank : 0;
			response.flags |=
			        frame->blank || frame->validated ? NETRXF_data_validated : 0;
			response.flags |= frame->gso_size ? NETRXF_extra_info : 0;
		}
		done += len;
		response.flags |= done < frame->len ? NETRXF_more_data : 0;
		if (lies(nb))
			lie_rx(nb, &response);
		slot_write(&queue->rx, at++, &response, 8, sizeof(response));
		slots++;
		if (done == len && frame->gso_size) {
			struct netif_extra_info extra = {
			        .type = XEN_NETIF_EXTRA_TYPE_GSO,
			        .u.gso = {.size = frame->gso_size, .type = frame->gso_type}};

			if (lies(nb))
				extra.type = (uint8_t)draw(nb);
			slot_write(&queue->rx, at++, &extra, 8, sizeof(extra));
			queue->rx_cons++;
			slots++;
		}
	}
	publish(nb, &queue->rx, &queue->rsp_rx, slots, queue->port_rx);
	nb->delivered++;
}

static bool serve_rx(struct netback *nb)
{
	bool worked = false;

	while (nb->in_tail != nb->in_head) {
		struct netback_frame *frame = &nb->in[nb->in_tail % NETBACK_FRAMES_MAX];
		struct netback_queue *queue = &nb->queue[frame->queue % nb->queues];
		struct xen_ring_shared *head = head_of(&queue->rx);
		uint32_t prod = __atomic_load_n(&head->req_prod, __ATOMIC_SEQ_CST);
		unsigned slots = slots_of(nb, frame);

		if (!nb->conf.polls)
			__atomic_store_n(&head->req_event, prod + 1, __ATOMIC_SEQ_CST);
		if (prod - queue->rx_cons < slots || prod - queue->rx_cons > 256)
			break;
		put_frame(nb, queue, frame);
		free(frame->bytes);
		nb->in_tail++;
		worked = true;
	}
	return worked;
}

static uint32_t ctrl_do(struct netback *nb, const struct xen_netif_ctrl_request *request)
{
	switch (request->type) {
	case XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
		nb->hash_alg = request->data[0];
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS:
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
		return request->data[1] == 40 ? XEN_NETIF_CTRL_STATUS_SUCCESS
		                              : XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE:
		nb->hash_mapping_len = request->data[0];
		return request->data[0] <= 64 ? XEN_NETIF_CTRL_STATUS_SUCCESS
		                              : XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
		return request->data[1] <= 64 && page_copy(request->data[0], 0, nb->hash_mapping,
		                                           request->data[1] * 4, false)
		               ? XEN_NETIF_CTRL_STATUS_SUCCESS
		               : XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	default:
		return XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
	}
}

static bool serve_ctrl(struct netback *nb)
{
	struct xen_ring_shared *head = head_of(&nb->ctrl);
	struct xen_netif_ctrl_request request;
	struct xen_netif_ctrl_response response = {0};

	if (!nb->ctrl.page || __atomic_load_n(&head->req_prod, __ATOMIC_ACQUIRE) == nb->ctrl_cons)
		return false;
	slot_read(&nb->ctrl, nb->ctrl_cons & 127, &request, 16, sizeof(request));
	response.id = request.id;
	response.type = request.type;
	response.status = ctrl_do(nb, &request);
	slot_write(&nb->ctrl, nb->ctrl_cons & 127, &response, 16, sizeof(response));
	__atomic_store_n(&head->rsp_prod, ++nb->ctrl_cons, __ATOMIC_SEQ_CST);
	return true;
}

bool netback_step(struct netback *nb)
{
	bool worked = false;

	pthread_mutex_lock(&nb->lock);
	if (lies(nb) && draw(nb) % 4 == 0)
		say(nb, (enum xenbus_state)(draw(nb) % 12));
	handshake(nb);
	if (nb->connected && !nb->conf.deaf) {
		for (unsigned i = 0; i < nb->queues; i++)
			worked = serve_tx(nb, &nb->queue[i]) || worked;
		worked = serve_rx(nb) || worked;
		worked = serve_ctrl(nb) || worked;
	}
	pthread_mutex_unlock(&nb->lock);
	return worked;
}

static void *run(void *arg)
{
	struct netback *nb = arg;

	while (!nb->quit)
		if (!netback_step(nb))
			nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	return NULL;
}

static void back_set(struct netback *nb, const char *key, bool value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", nb->back, key);
	store_fake_set(nb->store, path, value ? "1" : "0");
}

void netback_attach(struct netback *nb, const char *mac)
{
	char path[128], text[64];

	pthread_mutex_lock(&nb->lock);
	snprintf(path, sizeof(path), "%s/frontend", nb->back);
	store_fake_set(nb->store, path, nb->front);
	back_set(nb, "online", true);
	back_set(nb, "feature-rx-copy", !nb->conf.no_rx_copy);
	back_set(nb, "feature-sg", !nb->conf.no_sg);
	back_set(nb, "feature-gso-tcpv4", !nb->conf.no_gso);
	back_set(nb, "feature-gso-tcpv6", !nb->conf.no_gso);
	back_set(nb, "feature-ipv6-csum-offload", !nb->conf.no_cksum6);
	back_set(nb, "feature-split-event-channels", !nb->conf.no_split);
	back_set(nb, "feature-ctrl-ring", nb->conf.ctrl);
	back_set(nb, "feature-multicast-control", nb->conf.multicast);
	back_set(nb, "feature-dynamic-multicast-control", nb->conf.dynamic_multicast);
	snprintf(path, sizeof(path), "%s/multi-queue-max-queues", nb->back);
	snprintf(text, sizeof(text), "%u", nb->conf.queues);
	store_fake_set(nb->store, path, text);
	say(nb, XENBUS_INIT_WAIT);
	snprintf(path, sizeof(path), "%s/mac", nb->front);
	store_fake_set(nb->store, path, mac);
	snprintf(path, sizeof(path), "%s/backend-id", nb->front);
	store_fake_set(nb->store, path, "0");
	snprintf(path, sizeof(path), "%s/state", nb->front);
	store_fake_set(nb->store, path, "1");
	snprintf(path, sizeof(path), "%s/backend", nb->front);
	store_fake_set(nb->store, path, nb->back);
	pthread_mutex_unlock(&nb->lock);
}

// Frames that wait for the guest are lost with its device.
void netback_detach(struct netback *nb)
{
	pthread_mutex_lock(&nb->lock);
	for (; nb->in_tail != nb->in_head; nb->in_tail++)
		free(nb->in[nb->in_tail % NETBACK_FRAMES_MAX].bytes);
	disconnect(nb);
	store_fake_remove(nb->store, nb->front);
	store_fake_remove(nb->store, nb->back);
	pthread_mutex_unlock(&nb->lock);
}

void netback_offline(struct netback *nb)
{
	pthread_mutex_lock(&nb->lock);
	back_set(nb, "online", false);
	say(nb, XENBUS_CLOSING);
	pthread_mutex_unlock(&nb->lock);
}

void netback_online(struct netback *nb)
{
	pthread_mutex_lock(&nb->lock);
	back_set(nb, "online", true);
	pthread_mutex_unlock(&nb->lock);
}

void netback_open(struct netback *nb, struct store_fake *store, const struct netback_conf *conf,
                  bool threaded)
{
	*nb = (struct netback){.conf = *conf, .store = store, .rand = conf->seed};
	pthread_mutex_init(&nb->lock, NULL);
	if (nb->conf.queues == 0)
		nb->conf.queues = 1;
	for (unsigned i = 0; i < NETBACK_QUEUES_MAX; i++)
		nb->queue[i].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	snprintf(nb->front, sizeof(nb->front), "/local/domain/%d/device/vif/%u", XEN_FAKE_GUEST,
	         conf->vif);
	snprintf(nb->back, sizeof(nb->back), "/local/domain/0/backend/vif/%d/%u", XEN_FAKE_GUEST,
	         conf->vif);
	netback_attach(nb, conf->mac ? conf->mac : "00:16:3e:00:00:01");
	nb->threaded = threaded && pthread_create(&nb->thread, NULL, run, nb) == 0;
}

void netback_close(struct netback *nb)
{
	struct netback_frame frame;

	nb->quit = true;
	if (nb->threaded)
		pthread_join(nb->thread, NULL);
	netback_detach(nb);
	while (netback_receive(nb, &frame))
		free(frame.bytes);
	for (unsigned i = 0; i < NETBACK_QUEUES_MAX; i++)
		close(nb->queue[i].fd);
}

void netback_behave(struct netback *nb, unsigned lie_every, bool hold, bool deaf)
{
	pthread_mutex_lock(&nb->lock);
	nb->conf.lie_every = lie_every;
	nb->conf.hold = hold;
	nb->conf.deaf = deaf;
	pthread_mutex_unlock(&nb->lock);
}

void netback_let_go(struct netback *nb)
{
	pthread_mutex_lock(&nb->lock);
	nb->conf.hold = false;
	for (unsigned i = 0; nb->connected && i < nb->queues; i++) {
		struct netback_queue *queue = &nb->queue[i];

		for (unsigned k = 0; k < queue->held_len; k++)
			respond_tx(nb, queue, queue->held_id[k], NETIF_RSP_OKAY, 0);
		queue->held_len = 0;
	}
	pthread_mutex_unlock(&nb->lock);
}

bool netback_send(struct netback *nb, const struct netback_frame *frame)
{
	bool room;

	pthread_mutex_lock(&nb->lock);
	room = nb->in_head - nb->in_tail < NETBACK_FRAMES_MAX;
	if (room) {
		struct netback_frame *to = &nb->in[nb->in_head++ % NETBACK_FRAMES_MAX];

		*to = *frame;
		to->bytes = malloc(frame->len ? frame->len : 1);
		memcpy(to->bytes, frame->bytes, frame->len);
	}
	pthread_mutex_unlock(&nb->lock);
	return room;
}

bool netback_receive(struct netback *nb, struct netback_frame *frame)
{
	bool got;

	pthread_mutex_lock(&nb->lock);
	got = nb->out_tail != nb->out_head;
	if (got)
		*frame = nb->out[nb->out_tail++ % NETBACK_FRAMES_MAX];
	pthread_mutex_unlock(&nb->lock);
	return got;
}
