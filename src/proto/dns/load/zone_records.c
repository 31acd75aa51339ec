// zone_records: collects the names and records of a zone. What is wrong with
// them together is zone_check.c's to find.
#include "proto/dns/load/zone_records.h"

#include "core/huge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// A small zone gets small chunks; those of a large one grow with it.
#define CHUNK_BYTES_MIN (4 * 1024)
#define CHUNK_BYTES_MAX (16 * 1024 * 1024)

struct build_chunk {
	struct build_chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

static void *build_bytes(struct zone_build *build, const void *bytes, size_t len)
{
	struct build_chunk *chunk = build->chunks;
	uint8_t *copy;

	if (!chunk || chunk->size - chunk->used < len) {
		size_t size = chunk ? size_min(2 * chunk->size, CHUNK_BYTES_MAX) : CHUNK_BYTES_MIN;

		size = len > size ? len : size;
		chunk = huge_alloc(sizeof(*chunk) + size);
		if (!chunk) {
			build->no_memory = true;
			return NULL;
		}
		*chunk = (struct build_chunk){build->chunks, 0, size};
		build->chunks = chunk;
	}
	copy = chunk->bytes + chunk->used;
	chunk->used += len;
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

// Not by realloc, which copies before anybody could ask for huge pages, or splits those
// that it moves.
static bool array_resize(void **array, uint32_t len, uint32_t *size, uint64_t wanted, size_t item)
{
	void *grown = wanted <= UINT32_MAX ? huge_alloc(wanted * item) : NULL;

	if (!grown)
		return false;
	if (*array)
		memcpy(grown, *array, len * item);
	free(*array);
	*array = grown;
	*size = (uint32_t)wanted;
	return true;
}

// Room for one more; both kinds of arrays begin at 1.
static bool build_grow(struct zone_build *build, void **array, uint32_t len, uint32_t *size,
                       size_t item)
{
	if (len < *size || array_resize(array, len, size, *size ? 2 * (uint64_t)*size : 16, item))
		return true;
	build->no_memory = true;
	return false;
}

// The first slot from the hash's place on that is free.
static void slot_take(struct build_slot *table, uint32_t size, uint64_t hash, uint32_t name)
{
	uint32_t slot = (uint32_t)(hash >> 32) & (size - 1);

	while (table[slot].name)
		slot = (slot + 1) & (size - 1);
	table[slot] = (struct build_slot){name, (uint32_t)hash};
}

static bool table_resize(struct zone_build *build, uint32_t size)
{
	struct build_slot *table = huge_alloc(size * sizeof(*table));

	if (!table)
		return false;
	memset(table, 0, size * sizeof(*table));
	for (uint32_t i = 1; i < build->names_len; i++)
		slot_take(table, size, build->names[i].hash, i);
	free(build->table);
	build->table = table;
	build->table_size = size;
	return true;
}

static bool table_grow(struct zone_build *build)
{
	if (build->names_len < build->table_size / 2 ||
	    table_resize(build, build->table_size ? build->table_size * 2 : 64))
		return true;
	build->no_memory = true;
	return false;
}

void zone_build_expect(struct zone_build *build, uint64_t records)
{
	uint64_t names = records * build->names_len / build->records_len + 1;
	uint64_t slots = build->table_size;

	if (records > build->records_size)
		(void)array_resize((void **)&build->records, build->records_len,
		                   &build->records_size, records, sizeof(*build->records));
	if (names > build->names_size)
		(void)array_resize((void **)&build->names, build->names_len, &build->names_size,
		                   names, sizeof(*build->names));
	while (slots / 2 < names)
		slots *= 2;
	if (slots > build->table_size && slots <= UINT32_MAX)
		(void)table_resize(build, (uint32_t)slots);
}

// The suffix of so many labels of the name.
static uint32_t suffix_find(const struct zone_build *build, const struct zone_name *name,
                            unsigned labels)
{
	const uint8_t *wire = name->wire + zone_name_at(name, labels);
	size_t len = name->len - zone_name_at(name, labels);
	uint64_t hash = name->hash[labels];
	uint32_t slot = (uint32_t)(hash >> 32) & (build->table_size - 1);

	for (; build->table[slot].name; slot = (slot + 1) & (build->table_size - 1)) {
		const struct build_name *at = &build->names[build->table[slot].name];

		if (build->table[slot].tag == (uint32_t)hash && at->hash == hash &&
		    at->len == len && memcmp(at->wire, wire, len) == 0)
			return build->table[slot].name;
	}
	return 0;
}

static uint32_t suffix_add(struct zone_build *build, unsigned labels, uint32_t parent)
{
	const struct zone_name *name = &build->name;
	const uint8_t *wire = name->wire + zone_name_at(name, labels);
	size_t len = name->len - zone_name_at(name, labels);
	uint32_t index = build->names_len;

	if (!build_grow(build, (void **)&build->names, index, &build->names_size,
	                sizeof(*build->names)) ||
	    !table_grow(build))
		return 0;
	wire = build_bytes(build, wire, len);
	if (!wire)
		return 0;
	build->names[index] = (struct build_name){
	        .hash = name->hash[labels],
	        .wire = wire,
	        .parent = parent,
	        .len = (uint8_t)len,
	        .labels = (uint8_t)labels,
	};
	build->names_len++;
	slot_take(build->table, build->table_size, name->hash[labels], index);
	if (parent && len > 2 && wire[0] == 1 && wire[1] == '*')
		build->names[parent].wildcard = index;
	return index;
}

static void name_set(struct zone_name *name, const uint8_t *wire)
{
	name->len = (uint8_t)dns_name_lower(name->wire, wire);
	zone_name_split(name);
}

// For a name that is not below the origin it means nothing.
uint64_t zone_build_hash(const struct zone_build *build, struct zone_name *name,
                         const uint8_t *owner)
{
	unsigned from = build->origin.labels;

	name_set(name, owner);
	if (name->labels <= from)
		return build->hash_key;
	zone_name_hash(name, from, name->labels, build->hash_key);
	return name->hash[name->labels];
}

void zone_build_ahead(const struct zone_build *build, uint64_t hash)
{
	prefetch(&build->table[(uint32_t)(hash >> 32) & (build->table_size - 1)]);
}

uint32_t zone_build_find(const struct zone_build *build, struct zone_name *name,
                         const uint8_t *wire, uint32_t *encloser)
{
	unsigned from = build->origin.labels;
	uint32_t found = 1;

	*encloser = 0;
	if (!dns_name_under(wire, build->origin.wire))
		return 0;
	name_set(name, wire);
	zone_name_hash(name, from, name->labels, build->hash_key);
	for (unsigned i = from + 1; found && i <= name->labels; i++) {
		*encloser = found;
		found = suffix_find(build, name, i);
	}
	return found;
}

// Enters the owner and the names between it and the origin, parents first.
static uint32_t owner_add(struct zone_build *build, const uint8_t *wire)
{
	unsigned from = build->origin.labels, to;
	uint32_t index = 0;

	name_set(&build->name, wire);
	zone_name_hash(&build->name, from, build->name.labels, build->hash_key);
	for (to = build->name.labels; to > from && !index; to--)
		index = suffix_find(build, &build->name, to);
	if (!index)
		index = 1;
	else
		to++;
	while (index && to < build->name.labels) {
		to++;
		index = suffix_add(build, to, index);
	}
	return index;
}

static bool record_refused(struct zone_build *build, const struct zone_record *record)
{
	struct build_record place = {
	        .file = record->file, .line = record->line, .column = record->column};
	char text[DNS_NAME_TEXT_BYTES], origin[DNS_NAME_TEXT_BYTES], type[16];

	if (!dns_name_under(record->owner, build->origin.wire)) {
		zone_build_report(build, &place, ZONE_CHECK_OUT_OF_ZONE,
		                  "%s is outside the zone %s", dns_name_text(record->owner, text),
		                  dns_name_text(build->origin.wire, origin));
		return true;
	}
	if (record->rr_class != DNS_CLASS_IN) {
		zone_build_report(build, &place, ZONE_CHECK_SYNTAX,
		                  "the class is %u; only IN is served", record->rr_class);
		return true;
	}
	if (dns_type_is_meta(record->type)) {
		zone_build_report(build, &place, ZONE_CHECK_SYNTAX,
		                  "%s is a type of queries and messages; no zone holds it",
		                  dns_type_text(record->type, type));
		return true;
	}
	return false;
}

static uint32_t owner_find(struct zone_build *build, const uint8_t *wire)
{
	// Most records have the owner of the one before.
	if (build->owner && dns_name_eq(build->names[build->owner].wire, wire))
		return build->owner;
	build->owner = owner_add(build, wire);
	return build->owner;
}

void zone_build_add(void *ctx, const struct zone_record *record)
{
	struct zone_build *build = ctx;
	uint32_t index = build->records_len;
	struct build_name *name;
	struct build_record *at;
	const char *file = build->file;

	if (build->no_memory || record_refused(build, record))
		return;
	if (strcmp(build->file, record->file) != 0)
		file = build_bytes(build, record->file, strlen(record->file) + 1);
	if (!file)
		return;
	build->file = file;
	if (!owner_find(build, record->owner) ||
	    !build_grow(build, (void **)&build->records, index, &build->records_size,
	                sizeof(*build->records)))
		return;
	at = &build->records[index];
	*at = (struct build_record){
	        .rdata = build_bytes(build, record->rdata, record->rdata_len),
	        .file = build->file,
	        .ttl = record->ttl,
	        .line = record->line,
	        .column = record->column,
	        .type = record->type,
	        .rdata_len = record->rdata_len,
	};
	if (!at->rdata)
		return;
	name = &build->names[build->owner];
	if (name->last)
		build->records[name->last].next = index;
	else
		name->first = index;
	name->last = index;
	build->records_len++;
}

void zone_build_pass_on(void *ctx, const struct zone_report *report)
{
	struct zone_build *build = ctx;
	struct zone_report own = *report;
	enum zone_severity severity = zone_severity_find(&build->options->policy, report->check);

	if (severity == ZONE_IGNORE)
		return;
	own.warning = severity == ZONE_WARNING;
	// Errors are counted by the reader, which takes this for none.
	if (report->warning && !own.warning)
		build->errors++;
	build->on_report(build->ctx, &own);
}

void zone_build_add_file(void *ctx, const char *path, const struct zone_stamp *stamp)
{
	struct zone_build *build = ctx;

	if (zone_file_add(&build->files, path, stamp))
		build->no_memory = true;
}

void zone_build_report(struct zone_build *build, const struct build_record *record,
                       enum zone_check_code check, const char *format, ...)
{
	enum zone_severity severity = zone_severity_find(&build->options->policy, check);
	char text[3 * DNS_NAME_TEXT_BYTES];
	struct zone_report report = {
	        .file = record ? record->file : build->file,
	        .line = record ? record->line : 0,
	        .column = record ? record->column : 0,
	        .warning = severity == ZONE_WARNING,
	        .check = check,
	        .text = text,
	};
	unsigned *told;
	va_list args;

	if (severity == ZONE_IGNORE)
		return;
	build->found = true;
	if (build->quiet)
		return;
	if (!report.warning)
		build->errors++;
	told = &build->told[report.warning];
	if (*told > ZONE_REPORTS_MAX)
		return;
	if ((*told)++ == ZONE_REPORTS_MAX)
		report = (struct zone_report){
		        .file = build->file,
		        .warning = report.warning,
		        .check = ZONE_CHECK_TOO_MANY,
		        .text = report.warning ? "there are more warnings, which are not told"
		                               : "there are more errors, which are not told",
		};
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	build->on_report(build->ctx, &report);
}

int zone_build_open(struct zone_build *build, const char *file, const uint8_t *origin,
                    const struct zone_options *options, zone_report_fn *on_report, void *ctx)
{
	*build = (struct zone_build){
	        .hash_key = zone_hash_key(options->hash_key),
	        .options = options,
	        .names_len = 1,
	        .records_len = 1,
	        .file = file,
	        .on_report = on_report,
	        .ctx = ctx,
	};
	name_set(&build->name, origin);
	build->origin = build->name;
	zone_name_hash(&build->name, build->origin.labels, build->origin.labels, build->hash_key);
	return suffix_add(build, build->origin.labels, 0) ? 0 : -ENOMEM;
}

void zone_build_close(struct zone_build *build)
{
	while (build->chunks) {
		struct build_chunk *next = build->chunks->next;

		free(build->chunks);
		build->chunks = next;
	}
	zone_file_free(build->files);
	free(build->names);
	free(build->records);
	free(build->table);
}
