// sdn_learn_form: the two messages that answer packet-ins, prepared: the bytes that
// sdn_learn_flow_add and sdn_learn_flow_packet make for a version, with the places of what differs
// from one to the next. A message is then a copy and a few stores.
#ifndef SDN_SDN_LEARN_FORM_H
#define SDN_SDN_LEARN_FORM_H

#include "proto/sdn/sdn_learn_flow.h"

#define SDN_LEARN_FORM_BYTES 128

enum sdn_learn_form_place {
	SDN_LEARN_FORM_XID,
	SDN_LEARN_FORM_BUFFER,
	SDN_LEARN_FORM_IN_PORT,
	SDN_LEARN_FORM_OUT_PORT,
	SDN_LEARN_FORM_VLAN,
	SDN_LEARN_FORM_SRC,
	SDN_LEARN_FORM_DST,
	SDN_LEARN_FORM_PLACES,
};

struct sdn_learn_form {
	uint8_t bytes[SDN_LEARN_FORM_BYTES];
	uint16_t len;
	uint16_t at[SDN_LEARN_FORM_PLACES];
};

struct sdn_learn_forms {
	enum of_version version;
	struct sdn_learn_form flow, packet;
};

void sdn_learn_form_init(struct sdn_learn_forms *forms, enum of_version version,
                         const struct sdn_learn_flow_conf *conf);

// Appends the message of sdn_learn_flow_add; false: no room, out is as it was.
bool sdn_learn_form_flow(const struct sdn_learn_forms *forms, struct fill *out, uint32_t xid,
                         const struct sdn_learn_flow *flow, uint32_t buffer_id) MUST_CHECK;

// Appends the message of sdn_learn_flow_packet; false: no room, or longer than a message may be.
bool sdn_learn_form_packet(const struct sdn_learn_forms *forms, struct fill *out, uint32_t xid,
                           uint32_t in_port, uint32_t out_port, uint32_t buffer_id,
                           struct of_bytes frame) MUST_CHECK;

#endif
