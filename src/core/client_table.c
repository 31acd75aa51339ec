// client_table: see the header.
#include "core/client_table.h"

#include <errno.h>
#include <stdlib.h>

#define CLIENT_TABLE_NONE UINT32_MAX

int client_table_open(struct client_table *table, uint32_t max, uint64_t seed)
{
	*table = (struct client_table){.free_entry = CLIENT_TABLE_NONE, .seed = seed};
	// Not zeroed, so that what is not used costs no memory; whole lines, since each is of one
	// worker.
	table->entry = aligned_alloc(CACHE_LINE_BYTES,
	                             ROUND_UP(max * sizeof(*table->entry), CACHE_LINE_BYTES));
	if (table->entry && hash_init(&table->hash, max) == 0)
		return 0;
	client_table_close(table);
	return -ENOMEM;
}

void client_table_close(struct client_table *table)
{
	hash_fini(&table->hash);
	free(table->entry);
	*table = (struct client_table){0};
}

static bool has_prefix(const void *ctx, const void *key, uint32_t index)
{
	const struct addr *prefix = key;

	return addr_eq(((const struct client_table *)ctx)->entry[index].prefix, *prefix);
}

static uint64_t hash_of(const struct client_table *table, struct addr prefix)
{
	return hash_u128(table->seed, prefix.hi, prefix.lo);
}

// The entry of the prefix; a new one when it has none.
static uint32_t entry_get(struct client_table *table, struct addr prefix)
{
	uint64_t hash = hash_of(table, prefix);
	uint32_t number = hash_find(&table->hash, hash, has_prefix, table, &prefix);

	if (number != HASH_NONE)
		return number;
	number = table->free_entry;
	if (number != CLIENT_TABLE_NONE)
		table->free_entry = table->entry[number].next_free;
	else
		number = table->used++;
	table->entry[number] = (struct client_entry){.prefix = prefix};
	if (hash_add(&table->hash, hash, number))
		assert(false);
	return number;
}

static void entry_put(struct client_table *table, uint32_t number)
{
	struct client_entry *entry = &table->entry[number];

	if (entry->count > 0)
		return;
	hash_del(&table->hash, hash_of(table, entry->prefix), number);
	entry->next_free = table->free_entry;
	table->free_entry = number;
}

bool client_table_get(struct client_table *table, struct addr client, struct client_prefix prefix,
                      uint32_t limit, uint32_t *number)
{
	*number = entry_get(table, addr_prefix_of(client, prefix.ipv4, prefix.ipv6));
	if (table->entry[*number].count < limit) {
		table->entry[*number].count++;
		return true;
	}
	entry_put(table, *number);
	return false;
}

void client_table_put(struct client_table *table, uint32_t number)
{
	table->entry[number].count--;
	entry_put(table, number);
}
