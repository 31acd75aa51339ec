// of_conn: see of_conn.h. Messages of the peer, one by one, and what each does to the connection.
#include "proto/openflow/of_conn_internal.h"

#include "proto/openflow/of_error.h"
#include "proto/openflow/of_version.h"

const struct of_conn_limits of_conn_limits_default = {
        .handshake_us = 10 * SEC_US,
        .silence_us = 5 * SEC_US,
        .answer_us = 5 * SEC_US,
        .request_us = 10 * SEC_US,
        .queue_bytes = {OF_CONN_URGENT_BYTES, 64 << 10, 64 << 10},
};

#define ERROR_PERIOD_US (SEC_US / OF_CONN_ERRORS)

// Codes of errors that have the same number in all versions (section 7.5.4).
#define HELLO_FAILED_INCOMPATIBLE 0
#define BAD_REQUEST_BAD_VERSION   0
#define BAD_REQUEST_BAD_LEN       6

static const struct {
	const char *name, *text;
} faults[] = {
#define X(NAME, name, text) {name, text},
        OF_CONN_FAULT_LIST(X)
#undef X
};

const char *of_conn_fault_name(enum of_conn_fault fault)
{
	return faults[fault].name;
}

const char *of_conn_fault_text(enum of_conn_fault fault)
{
	return faults[fault].text;
}

enum of_conn_event of_conn_close(struct of_conn *conn, enum of_conn_fault fault)
{
	conn->state = OF_CONN_STATE_CLOSED;
	conn->fault = (uint8_t)fault;
	return OF_CONN_CLOSE;
}

void of_conn_init(struct of_conn *conn, const struct of_conn_limits *limits,
                  struct of_conn_metric *metric, void *memory, uint32_t versions, bool is_switch,
                  mono_t now)
{
	struct of_msg hello = of_version_hello(versions, 1);
	struct fill out;

	*conn = (struct of_conn){.limits = limits,
	                         .metric = metric,
	                         .began = now,
	                         .heard = now,
	                         .asked = MONO_NEVER,
	                         .request_deadline = MONO_NEVER,
	                         .versions = versions,
	                         .xid = hello.xid,
	                         .is_switch = is_switch};
	rate_init(&conn->errors, ERROR_PERIOD_US, OF_CONN_ERRORS);
	conn->in = of_conn_queue_init(conn, memory);
	out = of_conn_room(conn, OF_CONN_URGENT);
	if (of_encode(&hello, &out) != OF_FAULT_NONE)
		assert(!"the hello fits");
	of_conn_wrote(conn, OF_CONN_URGENT, &out, now);
}

// What the header alone shows: whether the end of the message can be found, and that the first one
// is a hello, before up to 64 KiB of something else are gathered.
static enum of_conn_fault header_fault(const struct of_conn *conn, const struct of_hdr *hdr)
{
	if (be16_get(hdr->len) < sizeof(*hdr))
		return OF_CONN_FAULT_LENGTH;
	if (conn->state == OF_CONN_STATE_HELLO && hdr->type != OF_HELLO && hdr->type != OF_ERROR)
		return OF_CONN_FAULT_HELLO;
	return OF_CONN_FAULT_NONE;
}

// Gathers up to `upto` bytes of the message.
static void gather(struct of_conn *conn, struct span *part, uint32_t upto)
{
	uint32_t len = (uint32_t)size_min(upto - conn->in_len, span_left(part));

	if (len == 0)
		return;
	memcpy(conn->in + conn->in_len, span_take(part, len), len);
	conn->in_len += len;
}

// The next whole message, or an empty span: conn->fault, or the part is used up.
static struct span message_take(struct of_conn *conn, struct span *part)
{
	const uint8_t *bytes = conn->in_len ? conn->in : part->p;
	size_t have = conn->in_len ? conn->in_len : span_left(part);
	uint32_t len;

	if (conn->in_len && conn->in_len < sizeof(struct of_hdr)) {
		gather(conn, part, sizeof(struct of_hdr));
		have = conn->in_len;
	}
	if (have < sizeof(struct of_hdr)) {
		gather(conn, part, sizeof(struct of_hdr));
		return (struct span){0};
	}
	conn->fault = (uint8_t)header_fault(conn, (const struct of_hdr *)bytes);
	if (conn->fault != OF_CONN_FAULT_NONE)
		return (struct span){0};
	len = of_hdr_message_len(bytes, have);
	if (!conn->in_len && have >= len)
		return span_sub(part, len);
	gather(conn, part, len);
	if (conn->in_len < len)
		return (struct span){0};
	conn->in_len = 0;
	return span_of(conn->in, len);
}

// Answers a message by an error that quotes it.
static void refuse(struct of_conn *conn, struct span bytes, uint16_t code, mono_t now)
{
	const struct of_hdr *hdr = (const struct of_hdr *)bytes.p;
	size_t len = size_min(span_left(&bytes), OF_CONN_ERROR_BYTES);
	struct of_msg error = {.type = OF_ERROR,
	                       .xid = be32_get(hdr->xid),
	                       .error = {.type = OF_ERROR_BAD_REQUEST,
	                                 .code = code,
	                                 .data = {bytes.p, (uint32_t)len}}};

	if (hdr->type == OF_ERROR || !rate_take(&conn->errors, now) ||
	    of_conn_send(conn, OF_CONN_URGENT, &error, now) != OF_FAULT_NONE)
		counter_add(&conn->metric->unanswered, 1);
}

static enum of_conn_event version_refuse(struct of_conn *conn, const struct of_msg *hello,
                                         mono_t now)
{
	static const char text[] = "no version in common";
	struct of_msg error = {.type = OF_ERROR,
	                       .xid = hello->xid,
	                       .error = {.type = OF_ERROR_HELLO_FAILED,
	                                 .code = HELLO_FAILED_INCOMPATIBLE,
	                                 .data = {(const uint8_t *)text, sizeof(text) - 1}}};

	// In a version of ours: no other is known to be understood.
	conn->version = of_version_hello(conn->versions, 0).version;
	if (of_conn_send(conn, OF_CONN_URGENT, &error, now) != OF_FAULT_NONE)
		counter_add(&conn->metric->unanswered, 1);
	conn->version = 0;
	return of_conn_close(conn, OF_CONN_FAULT_VERSION);
}

static enum of_conn_event on_hello(struct of_conn *conn, const struct of_msg *hello, mono_t now)
{
	struct of_msg features = {.type = OF_FEATURES_REQUEST};
	uint8_t version;

	if (hello->type != OF_HELLO)
		return of_conn_close(conn, OF_CONN_FAULT_REFUSED);
	version = of_version_negotiate(conn->versions, hello);
	if (version == 0)
		return version_refuse(conn, hello, now);
	conn->version = version;
	conn->state = conn->is_switch ? OF_CONN_STATE_READY : OF_CONN_STATE_FEATURES;
	if (conn->is_switch)
		return OF_CONN_READY;
	// The hello before it leaves room.
	if (of_conn_send(conn, OF_CONN_URGENT, &features, now) != OF_FAULT_NONE)
		assert(!"the features request fits");
	conn->features_xid = features.xid;
	return OF_CONN_MORE;
}

static enum of_conn_event on_echo_request(struct of_conn *conn, const struct of_msg *msg,
                                          mono_t now)
{
	struct of_msg reply = {.type = OF_ECHO_REPLY, .xid = msg->xid, .echo = msg->echo};

	if (msg->echo.data.len > OF_CONN_ECHO_BYTES ||
	    of_conn_send(conn, OF_CONN_URGENT, &reply, now) != OF_FAULT_NONE)
		counter_add(&conn->metric->unanswered, 1);
	return OF_CONN_MORE;
}

static enum of_conn_event on_echo_reply(struct of_conn *conn, const struct of_msg *msg, mono_t now)
{
	if (msg->xid == conn->echo_xid)
		conn->echo_rtt_us = (uint32_t)u64_min(mono_until(conn->echo_sent, now), UINT32_MAX);
	return OF_CONN_MORE;
}

static enum of_conn_event on_features(struct of_conn *conn, const struct of_msg *msg)
{
	if (msg->type != OF_FEATURES_REPLY && msg->type != OF_ERROR) {
		counter_add(&conn->metric->early, 1);
		return OF_CONN_MORE;
	}
	if (msg->xid != conn->features_xid) {
		counter_add(&conn->metric->stray, 1);
		return OF_CONN_MORE;
	}
	if (msg->type == OF_ERROR)
		return of_conn_close(conn, OF_CONN_FAULT_REFUSED);
	conn->state = OF_CONN_STATE_READY;
	return OF_CONN_READY;
}

static enum of_conn_event on_reply(struct of_conn *conn, const struct of_msg *msg, mono_t now)
{
	bool more = msg->type == OF_MULTIPART_REPLY && (msg->multipart.flags & OF_MULTIPART_MORE);

	if (of_conn_request_take(conn, msg->xid, more, now))
		return msg->type == OF_ERROR ? OF_CONN_FAILED : OF_CONN_REPLY;
	if (msg->type == OF_ERROR || msg->type == OF_BUNDLE_CONTROL || msg->type == OF_EXPERIMENT)
		return OF_CONN_MESSAGE;
	counter_add(&conn->metric->stray, 1);
	return OF_CONN_MORE;
}

static enum of_conn_event on_message(struct of_conn *conn, const struct of_msg *msg, mono_t now)
{
	switch (msg->type) {
	case OF_HELLO: // a second one
		return OF_CONN_MORE;
	case OF_ECHO_REPLY:
		return on_echo_reply(conn, msg, now);
	case OF_ERROR:
	case OF_EXPERIMENT:
	case OF_FEATURES_REPLY:
	case OF_GET_CONFIG_REPLY:
	case OF_MULTIPART_REPLY:
	case OF_BARRIER_REPLY:
	case OF_QUEUE_GET_CONFIG_REPLY:
	case OF_ROLE_REPLY:
	case OF_GET_ASYNC_REPLY:
	case OF_BUNDLE_CONTROL:
		return on_reply(conn, msg, now);
	default:
		return OF_CONN_MESSAGE;
	}
}

// A message of the negotiated version, or the peer's hello.
static enum of_conn_event dispatch(struct of_conn *conn, const struct of_msg *msg, mono_t now)
{
	if (conn->state == OF_CONN_STATE_HELLO)
		return on_hello(conn, msg, now);
	if (msg->type == OF_ECHO_REQUEST)
		return on_echo_request(conn, msg, now);
	if (conn->state == OF_CONN_STATE_FEATURES)
		return on_features(conn, msg);
	return on_message(conn, msg, now);
}

static enum of_conn_event message_input(struct of_conn *conn, struct span bytes, struct of_msg *msg,
                                        mono_t now)
{
	enum of_fault fault = of_decode(msg, bytes.p, span_left(&bytes), NULL);

	counter_add(&conn->metric->messages, 1);
	if (unlikely(fault != OF_FAULT_NONE)) {
		counter_add(&conn->metric->malformed, 1);
		if (conn->state == OF_CONN_STATE_HELLO)
			return of_conn_close(conn, OF_CONN_FAULT_HELLO);
		refuse(conn, bytes,
		       fault == OF_FAULT_VERSION ? BAD_REQUEST_BAD_VERSION : BAD_REQUEST_BAD_LEN,
		       now);
		return OF_CONN_MORE;
	}
	if (unlikely(conn->state != OF_CONN_STATE_HELLO && msg->version != conn->version &&
	             msg->type != OF_HELLO)) {
		counter_add(&conn->metric->wrong_version, 1);
		refuse(conn, bytes, BAD_REQUEST_BAD_VERSION, now);
		return OF_CONN_MORE;
	}
	return dispatch(conn, msg, now);
}

enum of_conn_event of_conn_next(struct of_conn *conn, struct span *part, struct of_msg *msg,
                                mono_t now)
{
	enum of_conn_event event = OF_CONN_MORE;

	if (span_left(part) > 0) {
		conn->heard = now;
		conn->asked = MONO_NEVER;
	}
	while (event == OF_CONN_MORE && conn->state != OF_CONN_STATE_CLOSED) {
		struct span bytes = message_take(conn, part);

		if (conn->fault != OF_CONN_FAULT_NONE)
			return of_conn_close(conn, (enum of_conn_fault)conn->fault);
		if (span_left(&bytes) == 0)
			return OF_CONN_MORE;
		event = message_input(conn, bytes, msg, now);
	}
	return conn->state == OF_CONN_STATE_CLOSED ? OF_CONN_CLOSE : event;
}
