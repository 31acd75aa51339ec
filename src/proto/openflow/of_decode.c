// of_decode: a message out of bytes. The header is checked here, the body by its rows.
#include "proto/openflow/of_kind.h"

// Types of 1.0 whose numbers later versions changed.
static const uint8_t types10[] = {
        [16] = OF_MULTIPART_REQUEST,        [17] = OF_MULTIPART_REPLY,
        [18] = OF_BARRIER_REQUEST,          [19] = OF_BARRIER_REPLY,
        [20] = OF_QUEUE_GET_CONFIG_REQUEST, [21] = OF_QUEUE_GET_CONFIG_REPLY,
};

#define TYPE10_CHANGED 16 // 15 is PORT_MOD there

const struct of_layout *of_kind_message(int v, uint8_t wire)
{
	unsigned type = wire;

	if (v == 0 && type == 15)
		type = OF_PORT_MOD;
	else if (v == 0 && type >= TYPE10_CHANGED)
		type = type < ARRAY_LEN(types10) ? types10[type] : (unsigned)OF_TYPES;
	return type < OF_TYPES && of_messages[type].rows[v] ? &of_messages[type] : NULL;
}

static enum of_fault refuse(struct of_error_at *where, enum of_fault fault, size_t at)
{
	if (where)
		*where = (struct of_error_at){fault, (uint32_t)at};
	return fault;
}

static enum of_fault body_decode(struct of_msg *msg, const struct of_layout *layout,
                                 struct of_reader *r)
{
	of_kind_read_rows(r, layout->rows[r->v], (uint8_t *)&msg->empty);
	if (r->fault == OF_FAULT_NONE && span_left(&r->in))
		of_kind_refuse(r, OF_FAULT_LENGTH);
	return r->fault;
}

enum of_fault of_decode(struct of_msg *msg, const void *bytes, size_t len,
                        struct of_error_at *where)
{
	const struct of_hdr *hdr = bytes;
	const uint8_t *body = (const uint8_t *)(hdr + 1);
	const struct of_layout *layout;
	struct of_reader r;
	int v;

	if (len < sizeof(*hdr))
		return refuse(where, OF_FAULT_SHORT, len);
	v = of_kind_header_version(hdr->version, hdr->type == OF_HELLO || hdr->type == OF_ERROR);
	if (v < 0)
		return refuse(where, OF_FAULT_VERSION, 0);
	if (be16_get(hdr->len) != len)
		return refuse(where, OF_FAULT_LENGTH, 2);
	layout = of_kind_message(v, hdr->type);
	memset(msg, 0, sizeof(*msg));
	msg->version = hdr->version;
	msg->xid = be32_get(hdr->xid);
	msg->type = layout ? (enum of_type)layout->type : OF_UNKNOWN;
	if (!layout) {
		msg->unknown =
		        (struct of_unknown){hdr->type, {body, (uint32_t)(len - sizeof(*hdr))}};
		return OF_FAULT_NONE;
	}
	r = (struct of_reader){.in = span_of(body, len - sizeof(*hdr)),
	                       .start = body,
	                       .version = hdr->version,
	                       .v = (uint8_t)v,
	                       .reply = msg->type == OF_MULTIPART_REPLY};
	if (body_decode(msg, layout, &r) == OF_FAULT_NONE)
		return OF_FAULT_NONE;
	return refuse(where, r.fault, (size_t)(r.at - (const uint8_t *)bytes));
}

const char *of_msg_type_name(enum of_type type)
{
	return type < OF_TYPES ? of_messages[type].name : NULL;
}
