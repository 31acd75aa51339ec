// clients: TCP clients of one worker, each with one connection at a time: it begins, asks twice
// and ends by a FIN or a reset, and so on from another port. What a client sends in a turn
// follows from what the worker sent it in the one before. All of it is the worker's own memory.
#ifndef LINES_CLIENTS_H
#define LINES_CLIENTS_H

#include "dns/message.h"
#include "proto/tcpip/tcp_wire.h"
#include "tcpip/frames.h"

#define CLIENTS     4
#define CLIENT_ISS  0xfffffff0u
#define CLIENT_PORT 2000 // of client n in its first connection; those of a client differ by CLIENTS
#define CLIENT_ASKS 2

struct client {
	unsigned port, asked;
	uint32_t seq, ack; // of its next segment
	uint8_t flags;     // of the segment that is due; 0: none
	uint64_t opened, replies, ended;
};

static inline uint32_t client_get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline void client_put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

// The first SYN is repeated until there is an answer.
static inline void client_begin(struct client *client)
{
	client->port += CLIENTS;
	client->asked = 0;
	client->seq = CLIENT_ISS;
	client->ack = 0;
	client->flags = TCP_SYN;
}

static inline void clients_open(struct client *clients)
{
	for (unsigned n = 0; n < CLIENTS; n++) {
		clients[n].port = CLIENT_PORT + n;
		client_begin(&clients[n]);
	}
}

// A query in its frame of two bytes; long replies take several segments.
static inline size_t client_query(const struct client *client, uint8_t *bytes, size_t size)
{
	static const struct message_query queries[CLIENT_ASKS] = {
	        {.name = "www.example.org", .qtype = DNS_TYPE_A},
	        {.name = "huge.example.org", .qtype = DNS_TYPE_TXT},
	};
	size_t len = message_build(bytes + 2, size - 2, &queries[client->asked]);

	put16(bytes, (unsigned)len);
	return 2 + len;
}

// The segment that is due, between the two addresses.
static inline struct frame client_segment(struct client *client, const char *from, const char *to)
{
	uint8_t l4[256] = {0};
	size_t len = 0;
	struct frame frame;

	put16(l4, client->port);
	put16(l4 + 2, DNS_PORT);
	client_put32(l4 + 4, client->seq);
	client_put32(l4 + 8, client->ack);
	l4[12] = 5 << 4;
	l4[13] = client->flags;
	put16(l4 + 14, 65000);
	if (client->flags & TCP_PSH)
		len = client_query(client, l4 + 20, sizeof(l4) - 20);
	frame = frame_ip(ip(from), ip(to), 6, l4, 20 + len);
	put16(frame.b + frame.l4 + 2, DNS_PORT); // where ICMP has its checksum
	put16(frame.b + frame.l4 + 16, 0);
	put16(frame.b + frame.l4 + 16, ~frame_l4_sum(&frame, 6) & 0xffff);
	client->seq += (uint32_t)len;
	client->asked += len > 0;
	return frame;
}

// After the segment: a SYN is due again, a connection that has ended is followed by another.
static inline void client_sent(struct client *client)
{
	uint8_t flags = client->flags;

	if (flags & TCP_SYN)
		return;
	client->flags = 0;
	client->seq += flags & TCP_FIN ? 1 : 0;
	if (flags & TCP_RST) {
		client->ended++;
		client_begin(client);
	}
}

// A whole reply has come: there is another question, or an end.
static inline void client_replied(struct client *client)
{
	client->replies++;
	if (client->asked < CLIENT_ASKS)
		client->flags = TCP_ACK | TCP_PSH;
	else
		client->flags = TCP_ACK | (client->port / CLIENTS % 2 ? TCP_FIN : TCP_RST);
}

// A segment of len bytes from the worker. The last one of a reply has a PSH. One that comes again
// is answered as the one before.
static inline void client_sees(struct client *client, const uint8_t *tcp, size_t len)
{
	uint8_t flags = tcp[13];

	if (flags & TCP_SYN) {
		client->opened += client->seq == CLIENT_ISS;
		client->ack = client_get32(tcp + 4) + 1;
		client->seq = CLIENT_ISS + 1;
		client->flags = TCP_ACK | TCP_PSH;
		return;
	}
	if (client_get32(tcp + 4) != client->ack)
		return;
	client->ack += (uint32_t)len;
	if (flags & TCP_FIN) {
		client->ended++;
		client_begin(client);
	} else if (len && flags & TCP_PSH) {
		client_replied(client);
	} else if (len) {
		client->flags = TCP_ACK;
	}
}

// Looks at a frame that the worker sends.
static inline void clients_see(struct client *clients, const uint8_t *frame)
{
	const uint8_t *ip_hdr = frame + 14;
	bool v4 = get16(frame + 12) == 0x0800;
	size_t hdr_len = v4 ? 20 : 40, len = v4 ? get16(ip_hdr + 2) - 20 : get16(ip_hdr + 4);
	const uint8_t *tcp = ip_hdr + hdr_len;
	struct client *client;

	if (get16(frame + 12) == 0x0806 || ip_hdr[v4 ? 9 : 6] != 6)
		return;
	client = &clients[get16(tcp + 2) % CLIENTS];
	if (get16(tcp + 2) == client->port)
		client_sees(client, tcp, len - (tcp[12] >> 4) * 4u);
}

#endif
