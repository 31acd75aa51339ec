// pcapng: see the header. Section numbers are those of draft-ietf-opsawg-pcapng-02. Blocks are
// in the byte order of this machine, which the section header says.
#include "apps/ctl/pcapng.h"

#include <string.h>

#define BLOCK_SECTION   0x0a0d0d0au // section 4.1
#define BLOCK_INTERFACE 1u          // 4.2
#define BLOCK_PACKET    6u          // 4.3, enhanced
#define BYTE_ORDER_MARK 0x1a2b3c4du
#define LINK_ETHERNET   1
#define SNAP_LEN        262144

#define OPTION_END         0
#define OPTION_COMMENT     1
#define OPTION_APPLICATION 4 // of a section
#define OPTION_NAME        2 // of an interface
#define OPTION_FLAGS       2 // of a packet
#define OPTION_DROP_COUNT  4 // of a packet

#define FLAG_INBOUND  1u
#define FLAG_OUTBOUND 2u

#define BLOCK_BYTES (PACKET_BYTES_MAX + 2048) // the largest

// A block that is being put together.
struct block {
	uint8_t bytes[BLOCK_BYTES];
	struct fill fill;
};

static void block_u32(struct block *block, uint32_t value)
{
	fill_bytes(&block->fill, &value, sizeof(value));
}

static void block_u16s(struct block *block, uint16_t a, uint16_t b)
{
	fill_bytes(&block->fill, &a, sizeof(a));
	fill_bytes(&block->fill, &b, sizeof(b));
}

// Bytes, and zeros up to a multiple of four.
static void block_padded(struct block *block, const void *bytes, size_t len)
{
	static const uint8_t zeros[4];

	fill_bytes(&block->fill, bytes, len);
	fill_bytes(&block->fill, zeros, -len & 3);
}

static void block_option(struct block *block, uint16_t code, const void *value, size_t len)
{
	block_u16s(block, code, (uint16_t)len);
	block_padded(block, value, len);
}

static void block_begin(struct block *block, uint32_t type)
{
	block->fill = fill_of(block->bytes, sizeof(block->bytes));
	block_u32(block, type);
	block_u32(block, 0); // its length
}

static void block_end(struct block *block, FILE *out)
{
	uint32_t len = (uint32_t)fill_len(&block->fill) + 8;

	block_u16s(block, OPTION_END, 0);
	block_u32(block, len);
	memcpy(block->bytes + 4, &len, sizeof(len));
	if (!block->fill.bad)
		fwrite(block->bytes, 1, len, out);
}

void pcapng_open(struct pcapng *pcapng, FILE *out, const char *application)
{
	struct block block;

	*pcapng = (struct pcapng){.out = out};
	block_begin(&block, BLOCK_SECTION);
	block_u32(&block, BYTE_ORDER_MARK);
	block_u16s(&block, 1, 0); // version
	block_u32(&block, UINT32_MAX);
	block_u32(&block, UINT32_MAX); // the section's length is not known
	block_option(&block, OPTION_APPLICATION, application, strlen(application));
	block_end(&block, out);
}

// The number of a port's interface, which is written when it is new. Those that there are too
// many of share the last.
static unsigned port_number(struct pcapng *pcapng, const char *name)
{
	struct block block;

	for (unsigned i = 0; i < pcapng->ports_len; i++)
		if (strncmp(pcapng->port[i], name, PCAPNG_PORT_BYTES - 1) == 0)
			return i;
	if (pcapng->ports_len == PCAPNG_PORTS)
		return PCAPNG_PORTS - 1;
	snprintf(pcapng->port[pcapng->ports_len], PCAPNG_PORT_BYTES, "%s", name);
	block_begin(&block, BLOCK_INTERFACE);
	block_u16s(&block, LINK_ETHERNET, 0);
	block_u32(&block, SNAP_LEN);
	block_option(&block, OPTION_NAME, name, strlen(name));
	block_end(&block, pcapng->out);
	return pcapng->ports_len++;
}

void pcapng_put(struct pcapng *pcapng, const struct packet *packet, uint64_t lost)
{
	uint32_t flags = packet->out ? FLAG_OUTBOUND : FLAG_INBOUND;
	unsigned port = port_number(pcapng, packet->port);
	uint64_t dropped = lost > pcapng->lost ? lost - pcapng->lost : 0;
	char fate[PACKET_FATE_BYTES];
	struct block block;

	packet_fate(packet, fate);
	block_begin(&block, BLOCK_PACKET);
	block_u32(&block, port);
	block_u32(&block, (uint32_t)(packet->at_us >> 32));
	block_u32(&block, (uint32_t)packet->at_us);
	block_u32(&block, (uint32_t)span_left(&packet->bytes));
	block_u32(&block, packet->frame_len);
	block_padded(&block, packet->bytes.p, span_left(&packet->bytes));
	block_option(&block, OPTION_COMMENT, fate, strlen(fate));
	block_option(&block, OPTION_FLAGS, &flags, sizeof(flags));
	if (dropped)
		block_option(&block, OPTION_DROP_COUNT, &dropped, sizeof(dropped));
	block_end(&block, pcapng->out);
	pcapng->lost = lost;
}
