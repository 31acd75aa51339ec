// sdn_trace: what tables do with one packet, and why.
#ifndef SDN_SDN_TRACE_H
#define SDN_SDN_TRACE_H

#include "proto/sdn/sdn_intent.h"

// A copy of the packet that leaves by a port, or OF_PORT_CONTROLLER, as it is then.
typedef void sdn_trace_fn(void *ctx, uint32_t port, const struct sdn_key *packet);

struct sdn_traced {
	const struct sdn_flow *last; // that matched; NULL: a table had none, which drops
	uint32_t ports;              // copies that left, those for the controller aside
	bool controller;
	bool odd; // a flow was met whose actions are not known: the rest is not either
};

// Passes a packet, with its in_port, through sorted tables. Each copy is passed to leaves, which
// may be NULL. text, unless it is NULL, gets a line for each table:
//
//	table 1 (port acl): in_port=3,ip_proto=6,tcp_dst=22 -> drop (acl "guests", rule 3)
//
// intent NULL: without what made the flow.
struct sdn_traced sdn_trace(const struct sdn_tables *tables, const struct sdn_intent *intent,
                            const struct sdn_key *packet, sdn_trace_fn *leaves, void *ctx,
                            struct of_text *text);

// The flow of a table that decides about a packet; NULL if none matches.
const struct sdn_flow *sdn_trace_find(const struct sdn_tables *tables, uint8_t table,
                                      const struct sdn_key *packet) PURE;

// "port 3, 02:..:01 > 02:..:02, 10.0.0.1 port 1024 > 10.0.0.2 port 22, protocol 6".
void sdn_trace_packet_text(const struct sdn_key *packet, struct of_text *text);

#endif
