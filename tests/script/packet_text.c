// packet_text: prints packets as scripts have them, so that what was expected and what came
// can be read side by side.
#include "packet.h"

#include "icmp_name.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct packet_line {
	char *text;
	size_t len;
};

static void packet_line_add(struct packet_line *line, const char *fmt, ...) PRINTF(2, 3);

static void packet_line_add(struct packet_line *line, const char *fmt, ...)
{
	size_t room = PACKET_TEXT_BYTES - line->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->text + line->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		line->len += size_min((size_t)n, room - 1);
}

static uint32_t packet_line_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void packet_line_hex(struct packet_line *line, const uint8_t *bytes, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		packet_line_add(line, "%02x", bytes[i]);
}

static void packet_line_option(struct packet_line *line, int kind, const uint8_t *value,
                               unsigned len)
{
	if (kind == 0 || kind == 1) {
		packet_line_add(line, kind ? "nop" : "eol");
	} else if (kind == 2 && len == 2) {
		packet_line_add(line, "mss %u", (unsigned)(value[0] << 8 | value[1]));
	} else if (kind == 3 && len == 1) {
		packet_line_add(line, "wscale %u", value[0]);
	} else if (kind == 4 && len == 0) {
		packet_line_add(line, "sackOK");
	} else if (kind == 5 && len % 8 == 0) {
		packet_line_add(line, "sack");
		for (unsigned i = 0; i + 8 <= len; i += 8)
			packet_line_add(line, " %u:%u", packet_line_u32(value + i),
			                packet_line_u32(value + i + 4));
	} else if (kind == 8 && len == 8) {
		packet_line_add(line, "TS val %u ecr %u", packet_line_u32(value),
		                packet_line_u32(value + 4));
	} else if (kind == 34) {
		packet_line_add(line, len ? "FO " : "FO");
		packet_line_hex(line, value, len);
	} else {
		packet_line_add(line, "kind %d ", kind);
		packet_line_hex(line, value, len);
	}
}

static void packet_line_options(struct packet_line *line, const struct packet *packet)
{
	unsigned at = 0, len;
	uint8_t *value;
	int kind;

	if (packet->options_len == 0)
		return;
	packet_line_add(line, " <");
	while ((kind = packet_option(packet, &at, &value, &len)) >= 0) {
		packet_line_option(line, kind, value, len);
		packet_line_add(line, at < packet->options_len ? "," : "");
	}
	packet_line_add(line, at < packet->options_len ? "malformed>" : ">");
}

static void packet_line_tcp(struct packet_line *line, const struct packet *packet)
{
	static const char letters[] = "FSRP.UEW", order[] = "SFRPUEW.";
	bool ae = packet->reserved & 1;

	for (const char *letter = order; *letter; letter++)
		if (packet->flags & 1u << (strchr(letters, *letter) - letters))
			packet_line_add(line, "%s%c", *letter == '.' && ae ? "A" : "", *letter);
	if (ae && !(packet->flags & TCP_ACK))
		packet_line_add(line, "A");
	if (packet->flags == 0)
		packet_line_add(line, "-");
	packet_line_add(line, " %u:%u(%u)", packet->seq, packet->seq + packet->len, packet->len);
	if (packet->flags & 0x10)
		packet_line_add(line, " ack %u", packet->ack);
	packet_line_add(line, " win %u", packet->window);
	if (packet->urgent)
		packet_line_add(line, " urg %u", packet->urgent);
	packet_line_options(line, packet);
}

const char *packet_text(const struct packet *packet, char text[PACKET_TEXT_BYTES])
{
	static const char *const ecn[] = {"", "[ect1] ", "[ect0] ", "[ce] "};
	struct packet_line line = {text, 0};
	bool ipv6 = packet->protocol == IPPROTO_ICMPV6;
	const char *name;

	text[0] = '\0';
	packet_line_add(&line, "%s", ecn[packet->tos & 3]);
	if (packet->protocol == IPPROTO_TCP) {
		packet_line_tcp(&line, packet);
	} else if (packet->protocol == IPPROTO_UDP) {
		packet_line_add(&line, "udp (%u)", packet->len);
	} else {
		name = icmp_name_of(ipv6, packet->type);
		packet_line_add(&line, "icmp %s", name ? name : "type");
		packet_line_add(&line, name ? " code_%u" : "_%u code_%u",
		                name ? packet->code : packet->type, packet->code);
	}
	return text;
}
