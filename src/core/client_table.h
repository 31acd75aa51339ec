// client_table: how much each client has of something that is bounded, such as connections. A
// client is a prefix of addresses, for a host of IPv6 has as many addresses as it likes. Allocates
// nothing after it was opened.
#ifndef CORE_CLIENT_TABLE_H
#define CORE_CLIENT_TABLE_H

#include "core/addr.h"
#include "core/hash.h"

// What counts as one client: bits of its address.
struct client_prefix {
	uint8_t ipv4, ipv6;
};

struct client_entry {
	struct addr prefix;
	uint32_t count;
	uint32_t next_free;
};

struct client_table {
	struct client_entry *entry;
	uint32_t used, free_entry;
	struct hash hash;
	uint64_t seed;
};

// Room for `max` counts in all, so for as many clients. Memory that no client has used yet is not
// touched. 0 or -ENOMEM; all zeros can be closed.
int client_table_open(struct client_table *table, uint32_t max, uint64_t seed) MUST_CHECK;
void client_table_close(struct client_table *table);

// Counts one more of the client's unless it has `limit` already. There is room. False: it has.
// *number is the client's, for client_table_put.
bool client_table_get(struct client_table *table, struct addr client, struct client_prefix prefix,
                      uint32_t limit, uint32_t *number) MUST_CHECK;
// Counts one less.
void client_table_put(struct client_table *table, uint32_t number);

#endif
