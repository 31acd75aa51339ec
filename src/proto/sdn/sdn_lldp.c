// sdn_lldp: see the header. A probe has the three mandatory TLVs with texts, so that it can be read
// in a capture, and an organizationally specific one with the same in binary and the signature,
// which covers all that precedes it.
#include "proto/sdn/sdn_lldp.h"

#define TLV_END          0
#define TLV_CHASSIS      1
#define TLV_PORT         2
#define TLV_TTL          3
#define TLV_SPECIFIC     127
#define TLV_LEN_BITS     9
#define TLV_LEN_MASK     0x01ff
#define LOCALLY_ASSIGNED 7 // subtype of chassis and port (sections 8.5.2.2 and 8.5.3.2)

// No identifier of the IEEE's registry: the bit of locally administered ones is set.
#define PROBE_OUI_SUBTYPE UINT32_C(0x02776401)
#define SIGNED_BYTES      32 // of the specific TLV, its first four bytes included
#define SIGNATURE_BYTES   8

#define CHASSIS_DIGITS 16
#define PORT_DIGITS    8

static void tlv_begin(struct fill *out, uint16_t type, size_t len)
{
	fill_u16(out, (uint16_t)(type << TLV_LEN_BITS | len));
}

// A chassis or port TLV: the number in hex.
static void name_put(struct fill *out, uint16_t type, uint64_t number, unsigned digits)
{
	tlv_begin(out, type, 1 + digits);
	fill_u8(out, LOCALLY_ASSIGNED);
	while (digits--)
		fill_u8(out, (uint8_t) "0123456789abcdef"[number >> digits * 4 & 15]);
}

void sdn_lldp_encode(struct fill *out, const struct sdn_lldp_key *key,
                     const struct sdn_lldp_probe *probe, struct mac src)
{
	uint8_t macs[12];
	const uint8_t *pdu;

	mac_store(macs, SDN_LLDP_GROUP);
	mac_store(macs + 6, src);
	fill_bytes(out, macs, sizeof(macs));
	fill_u16(out, 0x88cc);
	pdu = out->p;
	name_put(out, TLV_CHASSIS, probe->datapath_id, CHASSIS_DIGITS);
	name_put(out, TLV_PORT, probe->port, PORT_DIGITS);
	tlv_begin(out, TLV_TTL, 2);
	fill_u16(out, SDN_LLDP_TTL_S);
	tlv_begin(out, TLV_SPECIFIC, SIGNED_BYTES + SIGNATURE_BYTES);
	fill_u32(out, PROBE_OUI_SUBTYPE);
	fill_u32(out, key->instance);
	fill_u64(out, probe->datapath_id);
	fill_u32(out, probe->port);
	fill_u32(out, probe->sequence);
	fill_u64(out, probe->made.us);
	if (!out->bad)
		fill_u64(out, hash_sip(key->secret, pdu, (size_t)(out->p - pdu)));
	tlv_begin(out, TLV_END, 0);
}

struct tlv {
	uint16_t type;
	struct span value;
};

static bool tlv_take(struct span *pdu, struct tlv *tlv)
{
	uint16_t head = span_u16(pdu);

	tlv->type = head >> TLV_LEN_BITS;
	tlv->value = span_sub(pdu, head & TLV_LEN_MASK);
	return !tlv->value.bad;
}

// The first three TLVs are mandatory and have an order (section 8.2).
static bool mandatory_take(struct span *pdu)
{
	struct tlv tlv;

	for (uint16_t type = TLV_CHASSIS; type <= TLV_TTL; type++) {
		if (!tlv_take(pdu, &tlv) || tlv.type != type || span_left(&tlv.value) < 2)
			return false;
	}
	return true;
}

static enum sdn_lldp_fault probe_check(struct sdn_lldp_probe *probe, const struct sdn_lldp_key *key,
                                       struct span value, const uint8_t *pdu, mono_t now,
                                       uint64_t valid_us)
{
	const uint8_t *signature = value.p + SIGNED_BYTES;

	span_take(&value, 4);
	*probe = (struct sdn_lldp_probe){.instance = span_u32(&value)};
	probe->datapath_id = span_u64(&value);
	probe->port = span_u32(&value);
	probe->sequence = span_u32(&value);
	probe->made.us = span_u64(&value);
	if (probe->instance != key->instance)
		return SDN_LLDP_OTHER;
	if (span_u64(&value) != hash_sip(key->secret, pdu, (size_t)(signature - pdu)))
		return SDN_LLDP_FORGED;
	if (probe->made.us > now.us || now.us - probe->made.us > valid_us)
		return SDN_LLDP_EXPIRED;
	return SDN_LLDP_SOUND;
}

enum sdn_lldp_fault sdn_lldp_decode(struct sdn_lldp_probe *probe, const struct sdn_lldp_key *key,
                                    struct span pdu, mono_t now, uint64_t valid_us)
{
	const uint8_t *begin = pdu.p;
	struct tlv tlv;

	*probe = (struct sdn_lldp_probe){0};
	if (!mandatory_take(&pdu))
		return SDN_LLDP_MALFORMED;
	while (tlv_take(&pdu, &tlv) && tlv.type != TLV_END) {
		struct span value = tlv.value;

		if (tlv.type == TLV_SPECIFIC &&
		    span_left(&value) == SIGNED_BYTES + SIGNATURE_BYTES &&
		    span_u32(&value) == PROBE_OUI_SUBTYPE)
			return probe_check(probe, key, tlv.value, begin, now, valid_us);
	}
	return tlv.value.bad ? SDN_LLDP_MALFORMED : SDN_LLDP_FOREIGN;
}

enum sdn_lldp_fault sdn_lldp_decode_peer(struct sdn_lldp_probe *probe,
                                         const struct sdn_lldp_peer *peer, struct span pdu)
{
	enum sdn_lldp_fault fault = SDN_LLDP_FORGED;

	for (unsigned i = 0; i < SDN_LLDP_SECRETS && fault == SDN_LLDP_FORGED; i++) {
		struct sdn_lldp_key key = {.instance = peer->instance};

		memcpy(key.secret, peer->secret[i], sizeof(key.secret));
		fault = sdn_lldp_decode(probe, &key, pdu, MONO_NEVER, UINT64_MAX);
	}
	return fault;
}

static const struct {
	const char *name, *help;
} faults[] = {[SDN_LLDP_SOUND] = {"none", "nothing is wrong"},
#define X(NAME, name, help) [SDN_LLDP_##NAME] = {name, help},
              SDN_LLDP_FAULTS(X)
#undef X
};

const char *sdn_lldp_fault_name(enum sdn_lldp_fault fault)
{
	return faults[fault].name;
}

const char *sdn_lldp_fault_help(enum sdn_lldp_fault fault)
{
	return faults[fault].help;
}
