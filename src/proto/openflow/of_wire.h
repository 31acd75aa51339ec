// of_wire: the parts of OpenFlow that have one form everywhere: the header of a message, of a
// type-length-value, of a match field, and the match of 1.0; with the numbers that a caller names.
// The bodies of messages are tables (of_layout.h), which of_decode.c and of_encode.c walk.
// Sections are those of the OpenFlow Switch Specification 1.5.1.
#ifndef OPENFLOW_OF_WIRE_H
#define OPENFLOW_OF_WIRE_H

#include "core/span.h"

#define OF_PORT 6653 // IANA's, for TCP and TLS
// Of a message, as its length field is 16 bits.
#define OF_MESSAGE_MAX_BYTES 65535

// As in the header of a message. 1.1 and 1.2 are not spoken.
enum of_version {
	OF10 = 1,
	OF13 = 4,
	OF14 = 5,
	OF15 = 6,
};

// Section 7.1.1.
struct OVERLAY of_hdr {
	uint8_t version, type;
	be16_t len;
	be32_t xid;
};
OVERLAY_SIZE(struct of_hdr, 8, xid, 4);

// Of actions, instructions, meter bands, properties and elements of a hello. len includes it.
struct OVERLAY of_tlv_hdr {
	be16_t type, len;
};
OVERLAY_SIZE(struct of_tlv_hdr, 4, len, 2);

// Of a match field and of a statistic (sections 7.2.3.2, 7.2.4.2). len excludes it.
struct OVERLAY of_oxm_hdr {
	be16_t class;
	uint8_t field_mask; // the field's number, and whether a mask follows the value
	uint8_t len;
};
OVERLAY_SIZE(struct of_oxm_hdr, 4, len, 3);

// The match of 1.0 (its section 5.2.3).
struct OVERLAY of10_match {
	be32_t wildcards;
	be16_t in_port;
	uint8_t dl_src[6], dl_dst[6];
	be16_t dl_vlan;
	uint8_t dl_vlan_pcp, pad1;
	be16_t dl_type;
	uint8_t nw_tos, nw_proto, pad2[2];
	be32_t nw_src, nw_dst;
	be16_t tp_src, tp_dst;
};
OVERLAY_SIZE(struct of10_match, 40, tp_dst, 38);

// Its wildcards. Of the addresses, the number of bits that are ignored.
#define OF10_WILD_IN_PORT      (1u << 0)
#define OF10_WILD_DL_VLAN      (1u << 1)
#define OF10_WILD_DL_SRC       (1u << 2)
#define OF10_WILD_DL_DST       (1u << 3)
#define OF10_WILD_DL_TYPE      (1u << 4)
#define OF10_WILD_NW_PROTO     (1u << 5)
#define OF10_WILD_TP_SRC       (1u << 6)
#define OF10_WILD_TP_DST       (1u << 7)
#define OF10_WILD_NW_SRC_SHIFT 8
#define OF10_WILD_NW_DST_SHIFT 14
#define OF10_WILD_NW_MASK      0x3fu
#define OF10_WILD_DL_VLAN_PCP  (1u << 20)
#define OF10_WILD_NW_TOS       (1u << 21)
#define OF10_WILD_ALL          0x3fffffu
#define OF10_WILD_NW_ALL       32u
#define OF10_VLAN_NONE         0xffffu

// Classes of match fields.
#define OXM_CLASS_NXM_0        0x0000
#define OXM_CLASS_NXM_1        0x0001
#define OXM_CLASS_BASIC        0x8000
#define OXM_CLASS_REGS         0x8001
#define OXM_CLASS_EXPERIMENTER 0xffff
#define OXS_CLASS_BASIC        0x8002
#define OXM_VLAN_PRESENT       0x1000

// Reserved ports (section 4.5), as in all versions but 1.0, where they have 16 bits.
#define OF_PORT_MAX        0xffffff00u
#define OF_PORT_UNSET      0xfffffff7u
#define OF_PORT_IN_PORT    0xfffffff8u
#define OF_PORT_TABLE      0xfffffff9u
#define OF_PORT_NORMAL     0xfffffffau
#define OF_PORT_FLOOD      0xfffffffbu
#define OF_PORT_ALL        0xfffffffcu
#define OF_PORT_CONTROLLER 0xfffffffdu
#define OF_PORT_LOCAL      0xfffffffeu
#define OF_PORT_ANY        0xffffffffu

#define OF_GROUP_ALL     0xfffffffcu
#define OF_GROUP_ANY     0xffffffffu
#define OF_TABLE_ALL     0xffu
#define OF_NO_BUFFER     0xffffffffu
#define OF_MAX_LEN_WHOLE 0xffffu // of an output to the controller: the packet, unbuffered

// The length of the message that bytes begin with, 0 while its header is incomplete. At least
// sizeof(struct of_hdr) when the header is valid; less when its length field is too small, and
// nothing that follows can be found.
static inline unsigned of_hdr_message_len(const void *bytes, size_t len)
{
	const struct of_hdr *hdr = bytes;

	return len < sizeof(*hdr) ? 0 : be16_get(hdr->len);
}

#endif
