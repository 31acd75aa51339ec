// zone_records: see the header. Does not check records against each other: zone_check.c does.
#include "proto/dns/load/zone_records.h"

#include "core/huge.h"
#include "proto/dns/load/zonefile.h"

#include <errno.h>
#include <stdlib.h>

// Chunks start small, for small zones, and double in size.
#define CHUNK_BYTES_MIN (4 * 1024)
#define CHUNK_BYTES_MAX (16 * 1024 * 1024)

// A slot of the hash table. The tag, a part of the hash, excludes most other names without reading
// them.
struct load_slot {
	uint32_t name; // 0: free
	uint32_t tag;
};

struct load_chunk {
	struct load_chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

static void *bytes_copy(struct zone_records *records, const void *bytes, size_t len)
{
	struct load_chunk *chunk = records->chunks;
	uint8_t *copy;

	if (!chunk || chunk->size - chunk->used < len) {
		size_t size = chunk ? size_min(2 * chunk->size, CHUNK_BYTES_MAX) : CHUNK_BYTES_MIN;

		size = len > size ? len : size;
		chunk = huge_alloc(sizeof(*chunk) + size);
		if (!chunk)
			return NULL;
		*chunk = (struct load_chunk){records->chunks, 0, size};
		records->chunks = chunk;
	}
	copy = chunk->bytes + chunk->used;
	chunk->used += len;
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

// Does not use realloc: it copies into memory for which no huge pages were requested yet, or
// splits the huge pages that it moves.
static bool array_resize(void **array, uint32_t len, uint32_t *size, uint64_t new_size, size_t item)
{
	void *grown = new_size <= UINT32_MAX ? huge_alloc(new_size * item) : NULL;

	if (!grown)
		return false;
	if (*array)
		memcpy(grown, *array, len * item);
	free(*array);
	*array = grown;
	*size = (uint32_t)new_size;
	return true;
}

// Makes room for one more item.
static bool array_grow(void **array, uint32_t len, uint32_t *size, size_t item)
{
	return len < *size ||
	       array_resize(array, len, size, *size ? 2 * (uint64_t)*size : 16, item);
}

// Enters a name in the first free slot at or after the position given by its hash.
static void slot_set(struct load_slot *table, uint32_t size, uint64_t hash, uint32_t name)
{
	uint32_t slot = (uint32_t)(hash >> 32) & (size - 1);

	while (table[slot].name)
		slot = (slot + 1) & (size - 1);
	table[slot] = (struct load_slot){name, (uint32_t)hash};
}

static bool table_resize(struct zone_records *records, uint32_t size)
{
	struct load_slot *table = huge_alloc(size * sizeof(*table));

	if (!table)
		return false;
	memset(table, 0, size * sizeof(*table));
	for (uint32_t i = 1; i < records->names_len; i++)
		slot_set(table, size, records->names[i].hash, i);
	free(records->table);
	records->table = table;
	records->table_size = size;
	return true;
}

static bool table_grow(struct zone_records *records)
{
	return records->names_len < records->table_size / 2 ||
	       table_resize(records, records->table_size ? records->table_size * 2 : 64);
}

void zone_records_expect(struct zone_records *records, uint64_t count)
{
	uint64_t names = count * records->names_len / records->records_len + 1;
	uint64_t slots = records->table_size;

	if (count > records->records_size)
		(void)array_resize((void **)&records->records, records->records_len,
		                   &records->records_size, count, sizeof(*records->records));
	if (names > records->names_size)
		(void)array_resize((void **)&records->names, records->names_len,
		                   &records->names_size, names, sizeof(*records->names));
	while (slots / 2 < names)
		slots *= 2;
	if (slots > records->table_size && slots <= UINT32_MAX)
		(void)table_resize(records, (uint32_t)slots);
}

// Returns the index of the suffix of the name with that number of labels; 0: it does not exist.
static uint32_t suffix_find(const struct zone_records *records, const struct zone_name *name,
                            unsigned labels)
{
	const uint8_t *wire = name->wire + zone_name_at(name, labels);
	size_t len = name->len - zone_name_at(name, labels);
	uint64_t hash = name->hash[labels];
	uint32_t slot = (uint32_t)(hash >> 32) & (records->table_size - 1);

	for (; records->table[slot].name; slot = (slot + 1) & (records->table_size - 1)) {
		const struct load_name *at = &records->names[records->table[slot].name];

		if (records->table[slot].tag == (uint32_t)hash && at->hash == hash &&
		    at->len == len && memcmp(at->wire, wire, len) == 0)
			return records->table[slot].name;
	}
	return 0;
}

static uint32_t suffix_add(struct zone_records *records, unsigned labels, uint32_t parent)
{
	const struct zone_name *name = &records->name;
	const uint8_t *wire = name->wire + zone_name_at(name, labels);
	size_t len = name->len - zone_name_at(name, labels);
	uint32_t index = records->names_len;

	if (!array_grow((void **)&records->names, index, &records->names_size,
	                sizeof(*records->names)) ||
	    !table_grow(records))
		return 0;
	wire = bytes_copy(records, wire, len);
	if (!wire)
		return 0;
	records->names[index] = (struct load_name){
	        .hash = name->hash[labels],
	        .wire = wire,
	        .parent = parent,
	        .len = (uint8_t)len,
	        .labels = (uint8_t)labels,
	};
	records->names_len++;
	slot_set(records->table, records->table_size, name->hash[labels], index);
	if (parent && len > 2 && wire[0] == 1 && wire[1] == '*')
		records->names[parent].wildcard = index;
	return index;
}

static void name_set(struct zone_name *name, const uint8_t *wire)
{
	name->len = (uint8_t)dns_name_lower(name->wire, wire);
	zone_name_split(name);
}

// The result is meaningless for a name that is not at or below the origin; such records are refused
// before they are added.
uint64_t zone_records_hash(const struct zone_records *records, struct zone_name *name,
                           const uint8_t *owner)
{
	unsigned from = records->origin.labels;

	name_set(name, owner);
	if (name->labels <= from)
		return records->hash_key;
	zone_name_hash(name, from, name->labels, records->hash_key);
	return name->hash[name->labels];
}

void zone_records_prefetch(const struct zone_records *records, uint64_t hash)
{
	prefetch(&records->table[(uint32_t)(hash >> 32) & (records->table_size - 1)]);
}

uint32_t zone_records_find(const struct zone_records *records, struct zone_name *name,
                           const uint8_t *wire, uint32_t *encloser)
{
	unsigned from = records->origin.labels;
	uint32_t found = 1;

	*encloser = 0;
	if (!dns_name_under(wire, records->origin.wire))
		return 0;
	name_set(name, wire);
	zone_name_hash(name, from, name->labels, records->hash_key);
	for (unsigned i = from + 1; found && i <= name->labels; i++) {
		*encloser = found;
		found = suffix_find(records, name, i);
	}
	return found;
}

// Adds the owner and the missing names between it and the origin, parents first. Returns its index;
// 0: not enough memory.
static uint32_t owner_add(struct zone_records *records, const uint8_t *wire)
{
	unsigned from = records->origin.labels, to;
	uint32_t index = 0;

	name_set(&records->name, wire);
	zone_name_hash(&records->name, from, records->name.labels, records->hash_key);
	for (to = records->name.labels; to > from && !index; to--)
		index = suffix_find(records, &records->name, to);
	if (!index)
		index = 1;
	else
		to++;
	while (index && to < records->name.labels) {
		to++;
		index = suffix_add(records, to, index);
	}
	return index;
}

static uint32_t owner_find(struct zone_records *records, const uint8_t *wire)
{
	// Most records have the owner of the one before.
	if (records->owner && dns_name_eq(records->names[records->owner].wire, wire))
		return records->owner;
	records->owner = owner_add(records, wire);
	return records->owner;
}

int zone_records_add(struct zone_records *records, const struct zone_record *record)
{
	uint32_t index = records->records_len;
	const char *file = records->file;
	struct load_name *name;
	struct load_record *at;

	if (strcmp(file, record->file) != 0)
		file = bytes_copy(records, record->file, strlen(record->file) + 1);
	if (!file)
		return -ENOMEM;
	records->file = file;
	if (!owner_find(records, record->owner) ||
	    !array_grow((void **)&records->records, index, &records->records_size,
	                sizeof(*records->records)))
		return -ENOMEM;
	at = &records->records[index];
	*at = (struct load_record){
	        .place = {file, record->line, record->column},
	        .rdata = bytes_copy(records, record->rdata, record->rdata_len),
	        .ttl = record->ttl,
	        .type = record->type,
	        .rdata_len = record->rdata_len,
	};
	if (!at->rdata)
		return -ENOMEM;
	name = &records->names[records->owner];
	if (name->last)
		records->records[name->last].next = index;
	else
		name->first = index;
	name->last = index;
	records->records_len++;
	return 0;
}

int zone_records_init(struct zone_records *records, const char *file, const uint8_t *origin,
                      uint64_t hash_key)
{
	unsigned labels;

	*records = (struct zone_records){.hash_key = zone_hash_key(hash_key),
	                                 .names_len = 1,
	                                 .records_len = 1,
	                                 .file = file};
	name_set(&records->name, origin);
	records->origin = records->name;
	labels = records->origin.labels;
	zone_name_hash(&records->name, labels, labels, records->hash_key);
	return suffix_add(records, labels, 0) ? 0 : -ENOMEM;
}

void zone_records_fini(struct zone_records *records)
{
	while (records->chunks) {
		struct load_chunk *next = records->chunks->next;

		free(records->chunks);
		records->chunks = next;
	}
	free(records->names);
	free(records->records);
	free(records->table);
}
