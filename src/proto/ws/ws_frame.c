// ws_frame: see the header.
#include "proto/ws/ws_frame.h"

bool ws_frame_length(const uint8_t *header, uint64_t *length)
{
	struct span rest = span_of(header + 2, 8);
	unsigned form = header[1] & 0x7f;

	*length = form;
	if (form < 126)
		return true;
	if (form == 126) {
		*length = span_u16(&rest);
		return *length > 125;
	}
	*length = span_u64(&rest);
	return *length > UINT16_MAX && *length >> 63 == 0;
}

void ws_frame_put(struct fill *out, unsigned opcode, bool fin, uint64_t length, const uint8_t *mask)
{
	uint8_t masked = mask ? WS_MASKED : 0;

	fill_u8(out, (uint8_t)(opcode | (fin ? WS_FIN : 0)));
	if (length <= 125) {
		fill_u8(out, (uint8_t)(masked | length));
	} else if (length <= UINT16_MAX) {
		fill_u8(out, masked | 126);
		fill_u16(out, (uint16_t)length);
	} else {
		fill_u8(out, masked | 127);
		fill_u64(out, length);
	}
	if (mask)
		fill_bytes(out, mask, WS_MASK_BYTES);
}

void ws_frame_mask(uint8_t *bytes, size_t len, const uint8_t mask[WS_MASK_BYTES], uint64_t at)
{
	uint8_t key[sizeof(uint64_t)];
	uint64_t word, keys;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = mask[(at + i) % WS_MASK_BYTES];
	memcpy(&keys, key, sizeof(keys));
	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		word ^= keys;
		memcpy(bytes, &word, sizeof(word));
	}
	for (size_t i = 0; i < len; i++)
		bytes[i] ^= key[i];
}
