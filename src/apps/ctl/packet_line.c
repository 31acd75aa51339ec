// packet_line: see the header. core/pkt_filter.h reads the headers.
#include "apps/ctl/packet_line.h"

#include "core/pkt_filter.h"
#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_wire.h"

#include <time.h>

#define TYPE_ARP        0x0806
#define PROTOCOL_ICMP   1
#define PROTOCOL_TCP    6
#define PROTOCOL_UDP    17
#define PROTOCOL_ICMP6  58
#define DNS_PORT        53
#define TCP_HDR_BYTES   20
#define ARP_OPER_OFFSET 6

struct type_name {
	uint8_t type;
	const char *name;
};

static const struct type_name icmp_names[] = {
        {0, "echo reply"},   {3, "unreachable"},    {4, "source quench"},      {5, "redirect"},
        {8, "echo request"}, {11, "time exceeded"}, {12, "parameter problem"}, {0, NULL},
};
static const struct type_name icmp6_names[] = {
        {1, "unreachable"},
        {2, "packet too big"},
        {3, "time exceeded"},
        {4, "parameter problem"},
        {128, "echo request"},
        {129, "echo reply"},
        {130, "listener query"},
        {131, "listener report"},
        {133, "router solicitation"},
        {134, "router advertisement"},
        {135, "neighbour solicitation"},
        {136, "neighbour advertisement"},
        {143, "listener report"},
        {0, NULL},
};

static void print_time(uint64_t at_us, FILE *out)
{
	time_t seconds = (time_t)(at_us / 1000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	fprintf(out, "%02d:%02d:%02d.%06u", tm.tm_hour, tm.tm_min, tm.tm_sec,
	        (unsigned)(at_us % 1000000));
}

static void print_end(struct addr addr, uint16_t port, bool has_port, FILE *out)
{
	char text[ADDR_TEXT_BYTES];

	addr_text(addr, text);
	if (has_port)
		fprintf(out, "%s.%u", text, port);
	else
		fputs(text, out);
}

static void print_ends(const struct pkt_ends *ends, FILE *out)
{
	bool ports = ends->src_port || ends->dst_port;

	print_end(ends->src, ends->src_port, ports, out);
	fputs(" > ", out);
	print_end(ends->dst, ends->dst_port, ports, out);
	fputs(": ", out);
}

// A question in the words of dig, or nothing when there is none that can be read.
static void print_question(struct span msg, FILE *out)
{
	size_t len = dns_name_check(msg.p, span_left(&msg));
	char name[DNS_NAME_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];

	if (!len)
		return;
	fprintf(out, " %s", dns_name_text(msg.p, name));
	span_take(&msg, len);
	if (span_left(&msg) >= 4)
		fprintf(out, " %s", dns_type_text(span_u16(&msg), type));
}

static void print_dns(struct span msg, FILE *out)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)span_take(&msg, sizeof(*hdr));
	char rcode[DNS_RCODE_TEXT_BYTES];
	uint16_t flags;

	if (!hdr)
		return;
	flags = be16_get(hdr->flags);
	fprintf(out, ", DNS %u", be16_get(hdr->id));
	if (be16_get(hdr->qdcount))
		print_question(msg, out);
	if (flags & DNS_FLAG_QR)
		fprintf(out, " %s%s%s, %u/%u/%u records",
		        dns_rcode_text(flags & DNS_FLAG_RCODE, rcode),
		        flags & DNS_FLAG_AA ? " aa" : "", flags & DNS_FLAG_TC ? " tc" : "",
		        be16_get(hdr->ancount), be16_get(hdr->nscount), be16_get(hdr->arcount));
}

static bool is_dns(const struct pkt_ends *ends)
{
	return ends->src_port == DNS_PORT || ends->dst_port == DNS_PORT;
}

static void print_udp(const struct pkt_ends *ends, FILE *out)
{
	fprintf(out, "UDP %zu bytes", span_left(&ends->payload));
	if (is_dns(ends))
		print_dns(ends->payload, out);
}

static void print_flags(uint8_t flags, FILE *out)
{
	static const char letters[] = "FSRP.U";

	for (unsigned i = 0; i < sizeof(letters) - 1; i++)
		if (flags & 1u << i)
			fputc(letters[i], out);
}

static void print_tcp(const struct pkt_ends *ends, FILE *out)
{
	struct span head = ends->l4, msg = ends->payload;
	uint32_t seq, ack;

	fputs("TCP ", out);
	if (span_left(&head) < TCP_HDR_BYTES)
		return;
	print_flags(head.p[13], out);
	span_take(&head, 4);
	seq = span_u32(&head);
	ack = span_u32(&head);
	fprintf(out, " seq %u ack %u, %zu bytes", seq, ack, span_left(&msg));
	if (is_dns(ends) && span_left(&msg) > sizeof(struct dns_hdr) + 2) {
		span_u16(&msg);
		print_dns(msg, out);
	}
}

static void print_icmp(const struct pkt_ends *ends, const char *protocol,
                       const struct type_name *names, FILE *out)
{
	struct span msg = ends->l4;
	uint8_t type = span_u8(&msg), code = span_u8(&msg);

	while (names->name && names->type != type)
		names++;
	if (names->name)
		fprintf(out, "%s %s", protocol, names->name);
	else
		fprintf(out, "%s type %u", protocol, type);
	if (code)
		fprintf(out, " code %u", code);
	fprintf(out, ", %zu bytes", span_left(&ends->l4));
}

static void print_arp(const struct pkt_ends *ends, FILE *out)
{
	struct span msg = ends->l3;
	char of[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];
	uint16_t oper;

	span_take(&msg, ARP_OPER_OFFSET);
	oper = span_u16(&msg);
	addr_text(ends->src, of);
	addr_text(ends->dst, to);
	if (oper == 1)
		fprintf(out, "ARP request for %s from %s", to, of);
	else if (oper == 2)
		fprintf(out, "ARP reply of %s to %s", of, to);
	else
		fprintf(out, "ARP operation %u", oper);
}

static void print_ip(const struct pkt_ends *ends, FILE *out)
{
	print_ends(ends, out);
	if (ends->protocol == PROTOCOL_UDP && ends->payload.p)
		print_udp(ends, out);
	else if (ends->protocol == PROTOCOL_TCP && ends->l4.p)
		print_tcp(ends, out);
	else if (ends->protocol == PROTOCOL_ICMP && ends->l4.p)
		print_icmp(ends, "ICMP", icmp_names, out);
	else if (ends->protocol == PROTOCOL_ICMP6 && ends->l4.p)
		print_icmp(ends, "ICMPv6", icmp6_names, out);
	else
		fprintf(out, "protocol %u%s", ends->protocol,
		        ends->l4.p ? "" : ", a fragment or cut");
}

void packet_line(const struct packet *packet, FILE *out)
{
	char fate[PACKET_FATE_BYTES];
	struct pkt_ends ends;

	pkt_filter_ends(&ends, packet->bytes);
	print_time(packet->at_us, out);
	fprintf(out, " %s %s ", packet->port, packet->out ? "out" : "in");
	if (!addr_eq(ends.src, (struct addr){0, 0}) || !addr_eq(ends.dst, (struct addr){0, 0}))
		ends.type == TYPE_ARP ? print_arp(&ends, out) : print_ip(&ends, out);
	else
		fprintf(out, "EtherType 0x%04x, %u bytes", ends.type, packet->frame_len);
	fprintf(out, " [%s]\n", packet_fate(packet, fate));
}
