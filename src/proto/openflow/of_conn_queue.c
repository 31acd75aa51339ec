// of_conn_queue: what waits to be sent, in three queues of whole messages.
#include "proto/openflow/of_conn_internal.h"

size_t of_conn_memory(const struct of_conn_limits *limits)
{
	size_t bytes = OF_MESSAGE_MAX_BYTES;

	for (unsigned i = 0; i < OF_CONN_QUEUES; i++)
		bytes += limits->queue_bytes[i];
	return bytes;
}

uint8_t *of_conn_queue_init(struct of_conn *conn, uint8_t *memory)
{
	assert(conn->limits->queue_bytes[OF_CONN_URGENT] >= OF_CONN_URGENT_BYTES);
	for (unsigned i = 0; i < OF_CONN_QUEUES; i++) {
		uint32_t size = conn->limits->queue_bytes[i];

		conn->queue[i] = (struct of_conn_waiting){.bytes = memory, .size = size};
		memory += size;
	}
	return memory;
}

bool of_conn_queue_is_empty(const struct of_conn *conn)
{
	for (unsigned i = 0; i < OF_CONN_QUEUES; i++)
		if (conn->queue[i].from < conn->queue[i].end)
			return false;
	return true;
}

// Moves what waits to the front when at least as many bytes were sent since the last time, so that
// each byte is moved once at most.
struct fill of_conn_room(struct of_conn *conn, enum of_conn_queue queue)
{
	struct of_conn_waiting *of = &conn->queue[queue];
	uint32_t len = of->end - of->from;

	if (of->from > 0 && of->from >= len) {
		memmove(of->bytes, of->bytes + of->from, len);
		of->from = 0;
		of->end = len;
	}
	return fill_of(of->bytes + of->end, of->size - of->end);
}

void of_conn_wrote(struct of_conn *conn, enum of_conn_queue queue, const struct fill *out,
                   mono_t now)
{
	struct of_conn_waiting *of = &conn->queue[queue];

	assert(out->start == of->bytes + of->end);
	if (of_conn_queue_is_empty(conn))
		conn->progress = now;
	of->end += (uint32_t)fill_len(out);
}

enum of_fault of_conn_send(struct of_conn *conn, enum of_conn_queue queue, struct of_msg *msg,
                           mono_t now)
{
	struct fill out = of_conn_room(conn, queue);
	enum of_fault fault;

	msg->version = conn->version;
	if (msg->xid == 0)
		msg->xid = of_conn_xid(conn);
	fault = of_encode(msg, &out);
	if (fault == OF_FAULT_NONE)
		of_conn_wrote(conn, queue, &out, now);
	return fault;
}

struct span of_conn_output(const struct of_conn *conn)
{
	unsigned i = conn->sending;

	if (conn->within > 0)
		return span_of(conn->queue[i].bytes + conn->queue[i].from, conn->within);
	for (i = 0; i < OF_CONN_QUEUES; i++) {
		const struct of_conn_waiting *of = &conn->queue[i];

		if (of->from < of->end)
			return span_of(of->bytes + of->from, of->end - of->from);
	}
	return (struct span){0};
}

static enum of_conn_queue first_of(const struct of_conn *conn)
{
	unsigned i = 0;

	while (conn->queue[i].from == conn->queue[i].end)
		i++;
	return (enum of_conn_queue)i;
}

void of_conn_hold(struct of_conn *conn, uint32_t n)
{
	const struct of_conn_waiting *of;

	if (conn->within == 0)
		conn->sending = (uint8_t)first_of(conn);
	of = &conn->queue[conn->sending];
	assert(n <= of->end - of->from);
	while (conn->within < n)
		conn->within += of_hdr_message_len(of->bytes + of->from + conn->within,
		                                   sizeof(struct of_hdr));
}

void of_conn_sent(struct of_conn *conn, uint32_t n, mono_t now)
{
	struct of_conn_waiting *of;

	if (n == 0)
		return;
	conn->progress = now;
	if (conn->within == 0)
		conn->sending = (uint8_t)first_of(conn);
	of = &conn->queue[conn->sending];
	assert(n <= of->end - of->from);
	while (n > 0) {
		uint32_t taken;

		if (conn->within == 0)
			conn->within =
			        of_hdr_message_len(of->bytes + of->from, sizeof(struct of_hdr));
		taken = (uint32_t)size_min(n, conn->within);
		of->from += taken;
		conn->within -= taken;
		n -= taken;
	}
}
