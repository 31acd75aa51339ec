// sdn_learn_form: see the header. Where a member lies is found by encoding the message twice, with
// two values that have no byte in common: the one encoder of messages stays of_encode.
#include "proto/sdn/sdn_learn_form.h"

struct values {
	uint32_t xid, buffer_id;
	struct sdn_learn_flow flow;
};

// Two sets of values. In VLANs what is not the vid is the same in both, as 1.0 has the vid only.
static struct values values_of(enum of_version version, bool second)
{
	uint8_t byte = second ? 2 : 1;
	uint32_t word = byte * 0x01010101u, port = version == OF10 ? word & 0xffff : word;
	struct values values = {.xid = word, .buffer_id = word};

	values.flow.in_port = values.flow.out_port = port;
	values.flow.vlan_match = second ? 0x1eee : 0x1111;
	memset(values.flow.src, byte, sizeof(values.flow.src));
	memset(values.flow.dst, byte, sizeof(values.flow.dst));
	return values;
}

// The first values, but for one place.
static struct values values_at(enum of_version version, enum sdn_learn_form_place place)
{
	struct values values = values_of(version, false), other = values_of(version, true);

	switch (place) {
	case SDN_LEARN_FORM_XID:
		values.xid = other.xid;
		break;
	case SDN_LEARN_FORM_BUFFER:
		values.buffer_id = other.buffer_id;
		break;
	case SDN_LEARN_FORM_IN_PORT:
		values.flow.in_port = other.flow.in_port;
		break;
	case SDN_LEARN_FORM_OUT_PORT:
		values.flow.out_port = other.flow.out_port;
		break;
	case SDN_LEARN_FORM_VLAN:
		values.flow.vlan_match = other.flow.vlan_match;
		break;
	case SDN_LEARN_FORM_SRC:
		memcpy(values.flow.src, other.flow.src, sizeof(values.flow.src));
		break;
	case SDN_LEARN_FORM_DST:
		memcpy(values.flow.dst, other.flow.dst, sizeof(values.flow.dst));
		break;
	case SDN_LEARN_FORM_PLACES:
		break;
	}
	return values;
}

static uint16_t message_encode(const struct sdn_learn_forms *forms,
                               const struct sdn_learn_flow_conf *conf, const struct values *values,
                               uint8_t bytes[SDN_LEARN_FORM_BYTES])
{
	const struct of_bytes none = {0};
	struct fill out = fill_of(bytes, SDN_LEARN_FORM_BYTES);
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	if (conf)
		sdn_learn_flow_add(&msg, &scratch, forms->version, conf, &values->flow,
		                   values->buffer_id);
	else
		sdn_learn_flow_packet(&msg, &scratch, forms->version, values->flow.in_port,
		                      values->flow.out_port, values->buffer_id, none);
	msg.xid = values->xid;
	if (of_encode(&msg, &out) != OF_FAULT_NONE)
		assert(!"the form has room");
	return (uint16_t)fill_len(&out);
}

// conf NULL: of a packet-out, in which some places do not occur.
static void form_init(const struct sdn_learn_forms *forms, struct sdn_learn_form *form,
                      const struct sdn_learn_flow_conf *conf)
{
	struct values values = values_of(forms->version, false);

	form->len = message_encode(forms, conf, &values, form->bytes);
	for (unsigned i = 0; i < SDN_LEARN_FORM_PLACES; i++) {
		uint8_t other[SDN_LEARN_FORM_BYTES];
		uint16_t at = 0;

		values = values_at(forms->version, (enum sdn_learn_form_place)i);
		if (message_encode(forms, conf, &values, other) != form->len)
			assert(!"the form has one length");
		while (at < form->len && form->bytes[at] == other[at])
			at++;
		form->at[i] = at;
	}
}

void sdn_learn_form_init(struct sdn_learn_forms *forms, enum of_version version,
                         const struct sdn_learn_flow_conf *conf)
{
	*forms = (struct sdn_learn_forms){.version = version};
	form_init(forms, &forms->flow, conf);
	form_init(forms, &forms->packet, NULL);
}

static void put_u32(uint8_t *at, uint32_t value)
{
	*(be32_t *)at = be32(value);
}

static void put_u16(uint8_t *at, uint16_t value)
{
	*(be16_t *)at = be16(value);
}

// In 1.0 a reserved port has its lower 16 bits.
static void put_port(const struct sdn_learn_forms *forms, uint8_t *at, uint32_t port)
{
	if (forms->version == OF10)
		put_u16(at, (uint16_t)port);
	else
		put_u32(at, port);
}

// What both messages have.
static void put_common(const struct sdn_learn_forms *forms, const struct sdn_learn_form *form,
                       uint8_t *to, uint32_t xid, uint32_t in_port, uint32_t out_port,
                       uint32_t buffer_id)
{
	put_u32(to + form->at[SDN_LEARN_FORM_XID], xid);
	put_u32(to + form->at[SDN_LEARN_FORM_BUFFER], buffer_id);
	put_port(forms, to + form->at[SDN_LEARN_FORM_IN_PORT], in_port);
	put_port(forms, to + form->at[SDN_LEARN_FORM_OUT_PORT], out_port);
}

bool sdn_learn_form_flow(const struct sdn_learn_forms *forms, struct fill *out, uint32_t xid,
                         const struct sdn_learn_flow *flow, uint32_t buffer_id)
{
	const struct sdn_learn_form *form = &forms->flow;
	uint16_t vlan = flow->vlan_match;
	uint8_t *to;

	if (fill_left(out) < form->len)
		return false;
	to = fill_take(out, form->len);
	memcpy(to, form->bytes, form->len);
	put_common(forms, form, to, xid, flow->in_port, flow->out_port, buffer_id);
	if (forms->version == OF10)
		vlan = vlan & OXM_VLAN_PRESENT ? vlan & 0x0fff : OF10_VLAN_NONE;
	put_u16(to + form->at[SDN_LEARN_FORM_VLAN], vlan);
	memcpy(to + form->at[SDN_LEARN_FORM_SRC], flow->src, sizeof(flow->src));
	memcpy(to + form->at[SDN_LEARN_FORM_DST], flow->dst, sizeof(flow->dst));
	return true;
}

bool sdn_learn_form_packet(const struct sdn_learn_forms *forms, struct fill *out, uint32_t xid,
                           uint32_t in_port, uint32_t out_port, uint32_t buffer_id,
                           struct of_bytes frame)
{
	const struct sdn_learn_form *form = &forms->packet;
	uint32_t len = form->len + (buffer_id == OF_NO_BUFFER ? frame.len : 0);
	uint8_t *to;

	if (fill_left(out) < len || len > OF_MESSAGE_MAX_BYTES)
		return false;
	to = fill_take(out, len);
	memcpy(to, form->bytes, form->len);
	put_common(forms, form, to, xid, in_port, out_port, buffer_id);
	put_u16(to + offsetof(struct of_hdr, len), (uint16_t)len);
	if (len > form->len)
		memcpy(to + form->len, frame.p, frame.len);
	return true;
}
