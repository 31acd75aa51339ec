// zone_render: see the header. For a large zone, several threads each render the nodes of a chunk
// of names into a buffer; the buffers are copied to the image when the lengths of those before are
// known. render_rrset.c renders RRsets, zone_image.h describes the layout.
#include "proto/dns/load/zone_render.h"

#include "core/huge.h"
#include "proto/dns/load/render_inline.h"
#include "proto/dns/load/render_rrset.h"
#include "proto/dns/load/zone_head.h"
#include "proto/dns/load/zone_proof.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_node.h"

#include <stdlib.h>

#define PREFETCH_NAMES   32        // buckets that are prefetched together
#define HUGE_IMAGE_BYTES (1 << 20) // an image of at least this size is shrunk, not copied

#define PARALLEL_NAMES 16384 // a zone with more names is rendered in parallel
#define CHUNK_NAMES    1024
#define CHUNKS_MAX     64    // rendered at a time
#define FINISH_NAMES   16384 // finished by one job

struct render {
	const struct zone_records *records;
	const struct zone_pool *pool;
	zone_stopped_fn *stopped;
	uint32_t *places; // offset in the image of each name's node, in units
	struct zone_image *image;
	struct render_rrset *rrset;
	void *room;     // the allocation that holds the image; NULL: image itself is one
	uint8_t *start; // origin of offsets: start of the image, or of a chunk's buffer
	uint8_t *p;     // where the next node is written
	uint32_t count; // number of records
};

// The nodes of some names, rendered before their offset in the image is known.
struct chunk {
	struct render render;
	uint32_t from, to; // names
	uint8_t *place;    // destination in the image
	size_t size;       // of the buffer, render.start, which the chunk owns
	bool no_memory;
};

struct chunks {
	struct render *render; // of the image
	size_t len, size;
	struct chunk items[];
};

static uint32_t render_place(const struct render *render)
{
	return (uint32_t)((size_t)(render->p - render->start) / ZONE_UNIT_BYTES);
}

static void render_bytes(struct render *render, const void *bytes, size_t len)
{
	size_t pad = ROUND_UP(len, ZONE_UNIT_BYTES) - len;

	if (len)
		memcpy(render->p, bytes, len);
	memset(render->p + len, 0, pad);
	render->p += len + pad;
}

static size_t index_bytes(uint32_t buckets)
{
	return buckets * sizeof(struct zone_bucket);
}

// Maximum size of a record, as if it were an RRset of its own with two names to fix up.
static size_t rrset_bytes_max(const struct load_record *record)
{
	size_t bytes = sizeof(struct zone_rrset) + sizeof(struct zone_extra) +
	               sizeof(struct zone_address) + 2 * sizeof(uint16_t) + sizeof(be16_t) +
	               sizeof(struct dns_rr_hdr) + record->rdata_len + 2 * ZONE_UNIT_BYTES;

	return record->type == DNS_TYPE_CNAME ? bytes + ZONE_ALIASES_ROOM : bytes;
}

static size_t records_bytes_max(const struct zone_records *records, const struct load_name *name)
{
	size_t bytes = 0;

	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at))
		bytes += rrset_bytes_max(at);
	return bytes;
}

static size_t node_bytes_max(const struct load_name *name)
{
	return sizeof(struct zone_node) + name->len + ZONE_UNIT_BYTES;
}

// Size that a name's addresses add to the inline glue of its delegation.
static size_t glue_bytes_max(const struct zone_records *records, const struct load_name *name)
{
	return name->cut && name->address ? records_bytes_max(records, name) : 0;
}

// Maximum size of the image, including the second SOA with its signatures.
static size_t image_bytes_max(const struct zone_records *records, uint32_t buckets)
{
	size_t bytes = ZONE_HEAD_BYTES_MAX + index_bytes(buckets);

	assert(records->names && records->records);
	bytes += records_bytes_max(records, &records->names[1]);
	for (uint32_t i = 1; i < records->names_len; i++)
		bytes += node_bytes_max(&records->names[i]) +
		         glue_bytes_max(records, &records->names[i]);
	for (uint32_t i = 1; i < records->records_len; i++)
		bytes += rrset_bytes_max(&records->records[i]);
	return bytes + zone_proof_bytes_max(records);
}

static void render_extra(struct render *render, const struct render_rrset *from)
{
	struct zone_extra extra = {from->addresses_len, from->fixups_len, from->sigs_count,
	                           from->sigs_len,      from->inline_len, from->inline_count,
	                           from->inline_fixups};
	size_t fixups = (size_t)extra.fixups + extra.inline_fixups;

	if (!extra.addresses && !extra.fixups && !extra.sigs)
		return;
	render_bytes(render, &extra, sizeof(extra));
	render_bytes(render, from->addresses, extra.addresses * sizeof(from->addresses[0]));
	render_bytes(render, from->fixups, fixups * sizeof(from->fixups[0]));
}

// Renders one RRset with its signatures; returns the first record of the next type, or NULL.
static const struct load_record *render_one(struct render *render, const struct load_name *name,
                                            const struct load_record *at,
                                            const struct load_record *sigs)
{
	struct zone_rrset *rrset = (struct zone_rrset *)render->p;
	const struct render_rrset *from = render->rrset;
	uint16_t type = at->type;

	at = render_rrset(render->rrset, render->records, name, at);
	render_rrset_sigs(render->rrset, render->records, type, sigs);
	render_inline(render->rrset, render->records, name, type);
	*rrset = (struct zone_rrset){type, from->count, from->len, 0};
	render->p += sizeof(*rrset);
	render_extra(render, from);
	rrset->extra = (uint16_t)((size_t)(render->p - (uint8_t *)(rrset + 1)) / ZONE_UNIT_BYTES);
	render_bytes(render, from->wire, (size_t)from->len + from->sigs_len + from->inline_len);
	render->count += from->count + from->sigs_count;
	return at;
}

static void render_node(struct render *render, uint32_t index)
{
	const struct zone_records *records = render->records;
	const struct load_name *name = &records->names[index];
	const struct load_record *at = zone_records_first(records, name);
	const struct load_record *sigs = zone_records_of(records, name, DNS_TYPE_RRSIG);
	struct zone_node *node;

	if (render->image->denial != ZONE_DENIAL_NONE) {
		memset(render->p, 0, sizeof(struct zone_proof));
		render->p += sizeof(struct zone_proof);
	}
	node = (struct zone_node *)render->p;
	render->places[index] = render_place(render);
	*node = (struct zone_node){
	        .labels = (uint8_t)(name->labels - records->origin.labels) & DNS_LABELS_MAX,
	        .dname = name->dname,
	        .name_len = (uint8_t)(name->len - records->origin.len),
	};
	render->p = node->name;
	render_bytes(render, name->wire, node->name_len);
	while (at) {
		if (at->type == DNS_TYPE_RRSIG) {
			at = zone_records_next(records, at);
			continue;
		}
		at = render_one(render, name, at, sigs);
		node->rrsets++;
	}
}

// Replaces the indexes of names in address entries by the offsets of their nodes.
static void render_addresses(struct render *render, const struct zone_node *node)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		const struct zone_extra *extra = zone_rrset_extra(rrset);
		struct zone_address *addresses = (struct zone_address *)(extra + 1);

		for (unsigned j = 0; rrset->extra && j < extra->addresses; j++)
			addresses[j].node = render->places[addresses[j].node];
	}
}

// Adds a copy of the SOA for negative answers, whose TTL is at most `minimum` (RFC 2308 section 5).
static void render_negative_soa(struct render *render)
{
	struct zone_image *image = render->image;
	const struct zone_rrset *soa = zone_node_find(zone_at(image, image->apex), DNS_TYPE_SOA);
	const be32_t *numbers;
	uint32_t minimum;
	uint8_t *wire;

	image->negative_soa = render_place(render);
	render_bytes(render, soa,
	             (size_t)((const uint8_t *)zone_rrset_next(soa) - (const uint8_t *)soa));
	soa = zone_at(image, image->negative_soa);
	// The data end with five numbers: serial, refresh, retry, expire, minimum.
	numbers = (const be32_t *)(zone_rrset_wire(soa) + soa->len) - 5;
	minimum = be32_get(numbers[4]);
	image->serial = be32_get(numbers[0]);
	wire = (uint8_t *)zone_rrset_wire(soa);
	for (const uint8_t *end = wire + soa->len + zone_rrset_sigs_len(soa); wire < end;) {
		struct dns_rr_hdr *rr = (struct dns_rr_hdr *)(wire + sizeof(be16_t));

		if (minimum < be32_get(rr->ttl))
			rr->ttl = be32(minimum);
		wire += sizeof(be16_t) + sizeof(*rr) + be16_get(rr->rdlen);
	}
}

// Prefetches the bucket of a name that will be added to the index soon.
static void bucket_prefetch(const struct render *render, uint32_t name)
{
	const struct zone_records *records = render->records;
	const struct zone_image *image = render->image;

	if (name < records->names_len)
		prefetch(zone_buckets(image) +
		         zone_index_home(image->buckets, records->names[name].hash));
}

static void render_nodes(struct render *render, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && !zone_stop_at(render->stopped, i); i++)
		render_node(render, i);
}

static size_t names_bytes_max(const struct zone_records *records, uint32_t from, uint32_t to)
{
	size_t bytes = 0;

	for (uint32_t i = from; i < to; i++)
		bytes += sizeof(struct zone_proof) + node_bytes_max(&records->names[i]) +
		         records_bytes_max(records, &records->names[i]) +
		         (records->names[i].cut == i ? ZONE_GLUE_ROOM : 0);
	return bytes;
}

static void chunk_render(void *work, size_t i)
{
	struct chunks *chunks = work;
	struct chunk *chunk = &chunks->items[i];
	struct render *render = &chunk->render;
	size_t bytes = names_bytes_max(render->records, chunk->from, chunk->to);

	if (bytes > chunk->size) {
		free(render->start);
		render->start = malloc(bytes);
		chunk->size = render->start ? bytes : 0;
	}
	if (!render->rrset)
		render->rrset = malloc(sizeof(*render->rrset));
	chunk->no_memory = !render->start || !render->rrset;
	render->p = render->start;
	render->count = 0;
	if (!chunk->no_memory)
		render_nodes(render, chunk->from, chunk->to);
}

static void chunk_place(void *work, size_t i)
{
	struct chunks *chunks = work;
	const struct chunk *chunk = &chunks->items[i];
	const struct render *from = &chunk->render;
	uint32_t base =
	        (uint32_t)((size_t)(chunk->place - (uint8_t *)from->image) / ZONE_UNIT_BYTES);

	memcpy(chunk->place, from->start, (size_t)(from->p - from->start));
	for (uint32_t k = chunk->from; k < chunk->to; k++)
		from->places[k] += base;
}

// Renders up to chunks->size chunks of names starting at `from`; returns the name after them, or 0
// when there is not enough memory.
static uint32_t chunks_render(struct chunks *chunks, uint32_t from)
{
	struct render *render = chunks->render;
	bool no_memory = false;

	for (chunks->len = 0; chunks->len < chunks->size && from < render->records->names_len;
	     chunks->len++) {
		struct chunk *chunk = &chunks->items[chunks->len];

		chunk->from = from;
		from = (uint32_t)size_min((size_t)from + CHUNK_NAMES, render->records->names_len);
		chunk->to = from;
	}
	zone_pool_run(render->pool, chunk_render, chunks, chunks->len);
	for (size_t i = 0; i < chunks->len; i++) {
		const struct render *made = &chunks->items[i].render;

		no_memory |= chunks->items[i].no_memory;
		chunks->items[i].place = render->p;
		render->p += made->p - made->start;
		render->count += made->count;
	}
	if (no_memory)
		return 0;
	zone_pool_run(render->pool, chunk_place, chunks, chunks->len);
	return from;
}

static bool render_by_chunks(struct render *render)
{
	size_t size = size_min(8 * (size_t)render->pool->threads, CHUNKS_MAX);
	struct chunks *chunks = calloc(1, sizeof(*chunks) + size * sizeof(chunks->items[0]));
	uint32_t next = 1;

	if (!chunks)
		return false;
	chunks->render = render;
	chunks->size = size;
	for (size_t i = 0; i < size; i++) {
		struct render *chunk = &chunks->items[i].render;

		chunk->records = render->records;
		chunk->stopped = render->stopped;
		chunk->places = render->places;
		chunk->image = render->image;
	}
	while (next && next < render->records->names_len && !zone_stop_now(render->stopped))
		next = chunks_render(chunks, next);
	for (size_t i = 0; i < size; i++) {
		free(chunks->items[i].render.start);
		free(chunks->items[i].render.rrset);
	}
	free(chunks);
	return next;
}

static void render_index(struct render *render)
{
	const struct zone_records *records = render->records;
	struct zone_image *image = render->image;

	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(render->stopped, i); i++) {
		for (uint32_t k = 0; i % PREFETCH_NAMES == 1 && k < PREFETCH_NAMES; k++)
			bucket_prefetch(render, i + k);
		if (records->names[i].hashed)
			image->names--;
		else
			zone_index_add(image, records->names[i].hash, render->places[i]);
	}
}

// The steps that need the offsets of all nodes.
static void finish_nodes(struct render *render, uint32_t from, uint32_t to)
{
	const struct load_name *names = render->records->names;
	const uint32_t *places = render->places;

	for (uint32_t i = from; i < to; i++) {
		struct zone_node *node = (struct zone_node *)zone_at(render->image, places[i]);

		if (names[i].cut)
			node->cut = places[names[i].cut];
		if (names[i].wildcard)
			node->wildcard = places[names[i].wildcard];
		render_addresses(render, node);
	}
}

static void render_finish(void *work, size_t i)
{
	struct render *render = work;
	size_t from = 1 + (i - 1) * FINISH_NAMES;

	if (i == 0)
		render_index(render);
	else if (!zone_stop_now(render->stopped))
		finish_nodes(render, (uint32_t)from,
		             (uint32_t)size_min(from + FINISH_NAMES, render->records->names_len));
}

static bool render_all(struct render *render)
{
	const struct zone_records *records = render->records;
	struct zone_image *image = render->image;

	if (!render->pool || records->names_len <= PARALLEL_NAMES)
		render_nodes(render, 1, records->names_len);
	else if (!render_by_chunks(render))
		return false;
	if (zone_stop_now(render->stopped)) // not all nodes were rendered
		return false;
	zone_pool_run(render->pool, render_finish, render,
	              1 + ((size_t)records->names_len + FINISH_NAMES - 2) / FINISH_NAMES);
	image->apex = render->places[1];
	render_negative_soa(render);
	image->records = render->count;
	if (image->denial != ZONE_DENIAL_NONE &&
	    zone_proof_write(image, &render->p, records, render->places, render->stopped))
		return false;
	image->bytes = ROUND_UP((size_t)(render->p - (uint8_t *)image), CACHE_LINE_BYTES);
	memset(render->p, 0, (size_t)((uint8_t *)image + image->bytes - render->p));
	return true;
}

// Allocates the maximum size of the image; image_trim later releases the rest. A small image is
// aligned by hand in memory of malloc, so that a block freed by one zone can be reused for the
// next; aligned_alloc splits blocks, which fragments the heap when many zones are loaded.
static struct zone_image *room_open(struct render *render, size_t bytes)
{
	uintptr_t room;

	if (bytes / ZONE_UNIT_BYTES > UINT32_MAX)
		return NULL;
	if (bytes >= HUGE_IMAGE_BYTES)
		return huge_alloc(bytes);
	render->room = malloc(bytes + CACHE_LINE_BYTES);
	room = (uintptr_t)render->room;
	return render->room ? (struct zone_image *)ROUND_UP(room, CACHE_LINE_BYTES) : NULL;
}

static struct zone_image *image_open(struct render *render)
{
	const struct zone_records *records = render->records;
	uint32_t buckets = zone_index_buckets(records->names_len - 1);
	struct zone_image *image = room_open(render, image_bytes_max(records, buckets));

	if (!image)
		return NULL;
	memset(image, 0, ZONE_HEAD_BYTES_MAX + index_bytes(buckets));
	image->hash_key = records->hash_key;
	image->names = records->names_len - 1;
	image->buckets = buckets;
	zone_head_write(image, records);
	return image;
}

// Releases the unused end of the image. A large image is shrunk in place; if realloc moves it and
// loses the alignment, it is copied as a small one is.
static struct zone_image *image_trim(struct render *render)
{
	struct zone_image *image = render->image, *trimmed;

	if (!render->room) {
		trimmed = realloc(image, image->bytes);
		image = trimmed ? trimmed : image;
		if ((uintptr_t)image % CACHE_LINE_BYTES == 0)
			return image;
		render->room = image;
	}
	trimmed = huge_pages(aligned_alloc(CACHE_LINE_BYTES, image->bytes), image->bytes);
	if (trimmed)
		memcpy(trimmed, image, image->bytes);
	free(render->room);
	return trimmed;
}

static struct zone_image *image_drop(struct render *render)
{
	free(render->room ? render->room : render->image);
	return NULL;
}

static struct zone_image *image_make(struct render *render)
{
	render->image = image_open(render);
	if (!render->image)
		return NULL;
	render->start = (uint8_t *)render->image;
	render->p = (uint8_t *)zone_buckets(render->image) + index_bytes(render->image->buckets);
	return render_all(render) ? image_trim(render) : image_drop(render);
}

struct zone_image *zone_render(const struct zone_records *records, const struct zone_pool *pool,
                               zone_stopped_fn *stopped)
{
	struct render render = {.records = records, .pool = pool, .stopped = stopped};
	struct zone_image *image = NULL;

	render.rrset = malloc(sizeof(*render.rrset));
	render.places = calloc(records->names_len, sizeof(*render.places));
	if (render.rrset && render.places)
		image = image_make(&render);
	free(render.rrset);
	free(render.places);
	return image;
}
