// of_conn_time: what a connection does when nothing comes: requests without a reply, a peer that is
// silent, one that does not read, a handshake that takes too long.
#include "proto/openflow/of_conn_internal.h"

enum of_fault of_conn_ask(struct of_conn *conn, enum of_conn_queue queue, struct of_msg *msg,
                          uint32_t tag, mono_t now)
{
	struct of_conn_request *request;
	enum of_fault fault;
	unsigned i;

	if (conn->requests == UINT32_MAX)
		return OF_FAULT_TOO_LONG;
	fault = of_conn_send(conn, queue, msg, now);
	if (fault != OF_FAULT_NONE)
		return fault;
	i = (unsigned)__builtin_ctz(~conn->requests);
	conn->requests |= 1u << i;
	request = &conn->request[i];
	*request = (struct of_conn_request){msg->xid, tag, mono_add(now, conn->limits->request_us)};
	conn->request_deadline = mono_earlier(conn->request_deadline, request->deadline);
	return OF_FAULT_NONE;
}

bool of_conn_request_take(struct of_conn *conn, uint32_t xid, bool more, mono_t now)
{
	for (uint32_t left = conn->requests; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		struct of_conn_request *request = &conn->request[i];

		if (request->xid != xid)
			continue;
		conn->answered_tag = request->tag;
		conn->answered_last = !more;
		request->deadline = mono_add(now, conn->limits->request_us);
		if (!more)
			conn->requests &= ~(1u << i);
		return true;
	}
	return false;
}

// Takes a request that is due; else computes when the next one is.
static bool request_expire(struct of_conn *conn, mono_t now)
{
	mono_t next = MONO_NEVER;

	for (uint32_t left = conn->requests; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		const struct of_conn_request *request = &conn->request[i];

		if (mono_due(request->deadline, now)) {
			conn->answered_tag = request->tag;
			conn->answered_last = true;
			conn->requests &= ~(1u << i);
			return true;
		}
		next = mono_earlier(next, request->deadline);
	}
	conn->request_deadline = next;
	return false;
}

void of_conn_probe(struct of_conn *conn, mono_t now)
{
	struct of_msg echo = {.type = OF_ECHO_REQUEST};

	if (conn->state != OF_CONN_STATE_READY || conn->asked.us != MONO_NEVER.us)
		return;
	conn->asked = now;
	// Without room for it the peer has not read for long, and has to give a sign of life as
	// well.
	if (of_conn_send(conn, OF_CONN_URGENT, &echo, now) != OF_FAULT_NONE)
		return;
	conn->echo_xid = echo.xid;
	conn->echo_sent = now;
}

// When the peer has to have given a sign of life, or is asked for one.
static mono_t silence_deadline(const struct of_conn *conn)
{
	if (conn->asked.us != MONO_NEVER.us)
		return mono_add(conn->asked, conn->limits->answer_us);
	return mono_add(conn->heard, conn->limits->silence_us);
}

static mono_t stall_deadline(const struct of_conn *conn)
{
	return of_conn_queue_is_empty(conn) ? MONO_NEVER
	                                    : mono_add(conn->progress, conn->limits->answer_us);
}

mono_t of_conn_deadline(const struct of_conn *conn)
{
	mono_t next;

	if (conn->state == OF_CONN_STATE_CLOSED)
		return MONO_NEVER;
	if (conn->state != OF_CONN_STATE_READY)
		return mono_add(conn->began, conn->limits->handshake_us);
	next = mono_earlier(silence_deadline(conn), stall_deadline(conn));
	return mono_earlier(next, conn->request_deadline);
}

enum of_conn_event of_conn_expire(struct of_conn *conn, mono_t now)
{
	if (conn->state == OF_CONN_STATE_CLOSED)
		return OF_CONN_CLOSE;
	if (conn->state != OF_CONN_STATE_READY)
		return mono_due(mono_add(conn->began, conn->limits->handshake_us), now)
		               ? of_conn_close(conn, OF_CONN_FAULT_SLOW)
		               : OF_CONN_MORE;
	if (mono_due(stall_deadline(conn), now))
		return of_conn_close(conn, OF_CONN_FAULT_STALLED);
	if (mono_due(silence_deadline(conn), now)) {
		if (conn->asked.us != MONO_NEVER.us)
			return of_conn_close(conn, OF_CONN_FAULT_SILENT);
		of_conn_probe(conn, now);
	}
	if (!mono_due(conn->request_deadline, now) || !request_expire(conn, now))
		return OF_CONN_MORE;
	counter_add(&conn->metric->timeouts, 1);
	return OF_CONN_EXPIRED;
}
