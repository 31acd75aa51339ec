// of_encode: bytes out of a message.
#include "proto/openflow/of_kind.h"

static uint8_t type10(enum of_type type)
{
	static const uint8_t types[OF_TYPES] = {
	        [OF_PORT_MOD] = 15,
	        [OF_MULTIPART_REQUEST] = 16,
	        [OF_MULTIPART_REPLY] = 17,
	        [OF_BARRIER_REQUEST] = 18,
	        [OF_BARRIER_REPLY] = 19,
	        [OF_QUEUE_GET_CONFIG_REQUEST] = 20,
	        [OF_QUEUE_GET_CONFIG_REPLY] = 21,
	};

	return types[type] ? types[type] : (uint8_t)type;
}

static uint8_t wire_type(const struct of_msg *msg, int v)
{
	if (msg->type == OF_UNKNOWN)
		return msg->unknown.type;
	return v == 0 ? type10(msg->type) : (uint8_t)msg->type;
}

static void body_encode(struct of_writer *w, const struct of_msg *msg)
{
	const struct of_row *rows = msg->type < OF_TYPES ? of_messages[msg->type].rows[w->v] : NULL;

	if (rows)
		of_kind_write_rows(w, rows, (const uint8_t *)&msg->empty);
	else if (msg->type == OF_UNKNOWN && !of_kind_message(w->v, msg->unknown.type))
		fill_bytes(&w->out, msg->unknown.data.p, msg->unknown.data.len);
	else
		w->fault = OF_FAULT_INEXPRESSIBLE;
	if (w->out.bad && w->fault == OF_FAULT_NONE)
		w->fault = OF_FAULT_TOO_LONG;
}

enum of_fault of_encode(const struct of_msg *msg, struct fill *out)
{
	int v = of_kind_header_version(msg->version,
	                               msg->type == OF_HELLO || msg->type == OF_ERROR);
	struct of_writer w = {.out = *out,
	                      .version = msg->version,
	                      .v = (uint8_t)v,
	                      .reply = msg->type == OF_MULTIPART_REPLY};
	struct of_hdr *hdr = (struct of_hdr *)fill_take(&w.out, sizeof(*hdr));
	size_t len;

	if (v < 0)
		return OF_FAULT_VERSION;
	if (!hdr)
		return OF_FAULT_TOO_LONG;
	w.start = w.out.p;
	w.len = NULL;
	body_encode(&w, msg);
	len = (size_t)(w.out.p - (uint8_t *)hdr);
	if (w.fault == OF_FAULT_NONE && len > OF_MESSAGE_MAX_BYTES)
		w.fault = OF_FAULT_TOO_LONG;
	if (w.fault != OF_FAULT_NONE)
		return w.fault;
	*hdr = (struct of_hdr){msg->version, wire_type(msg, v), be16((uint16_t)len),
	                       be32(msg->xid)};
	*out = w.out;
	return OF_FAULT_NONE;
}
