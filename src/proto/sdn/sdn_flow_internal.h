// sdn_flow_internal: where match fields are in a key. Shared by sdn_flow_read and sdn_flow_write.
#ifndef SDN_SDN_FLOW_INTERNAL_H
#define SDN_SDN_FLOW_INTERNAL_H

#include "proto/sdn/sdn_flow.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd
#define PROTO_ICMP     1
#define PROTO_TCP      6
#define PROTO_UDP      17
#define PROTO_ICMP6    58

// A match field: its bytes are the last ones of the key's member, or the reverse.
struct sdn_field {
	uint8_t field, offset, bytes; // enum of_field; in struct sdn_key
	uint8_t ip_proto;             // that it depends on, as eth_type; 0: on none
	uint16_t eth_type;
};

// In the order in which match fields have to come.
#define SDN_FIELDS_LEN 21
extern const struct sdn_field sdn_flow_fields[SDN_FIELDS_LEN];

#define SDN_VID_MASK 0xfffu

#endif
