// zone_read_parallel: see the header. The first records are added one by one. If more follow, one
// thread reads a batch of records while another adds the previous batch.
#include "proto/dns/load/zone_read_parallel.h"

#include <limits.h>
#include <stdlib.h>

#define DIRECT_RECORDS 16384 // number of records that are added one by one
#define BATCH_ITEMS    8192
#define BATCH_BYTES    (512 * 1024)

// Maximum size of one step of the reader: a record and some reports, each with the name of a file.
#define STEP_ITEMS 8
#define STEP_BYTES (UINT16_MAX + DNS_NAME_MAX_BYTES + STEP_ITEMS * (PATH_MAX + 1024))

// Number of items that are prefetched together, so that their cache misses overlap.
#define PREFETCH_ITEMS 32

enum item_kind {
	ITEM_RECORD,
	ITEM_REPORT,
	ITEM_FILE,
};

struct item {
	enum item_kind kind;
	uint64_t hash; // of a record's owner
	union {
		struct zone_record record;
		struct zone_report report;
		struct {
			const char *path;
			struct zone_stamp stamp;
		} file;
	};
};

struct batch {
	const struct zone_records *records; // only for the hash key, which does not change
	size_t items_len, bytes_len;
	const char *file;     // file of the last item; NULL: the batch holds none yet
	const uint8_t *owner; // of the last record; NULL: none yet
	uint64_t hash;        // of that owner
	bool no_room;         // an item did not fit and was lost
	struct zone_name name;
	struct item items[BATCH_ITEMS];
	uint8_t bytes[BATCH_BYTES];
};

struct feed {
	struct zone_intake *intake;
	const struct zone_pool *pool;
	zone_stopped_fn *stopped;
	struct zonefile *reader;
	struct batch *reading, *adding;
	size_t steps; // number of steps of the reader
	bool more;    // the file has more to read
};

static void *batch_bytes(struct batch *batch, const void *bytes, size_t len)
{
	uint8_t *copy = batch->bytes + batch->bytes_len;

	if (len > BATCH_BYTES - batch->bytes_len) {
		batch->no_room = true;
		return NULL;
	}
	if (len)
		memcpy(copy, bytes, len);
	batch->bytes_len += len;
	return copy;
}

static const char *batch_file(struct batch *batch, const char *file)
{
	if (!batch->file || strcmp(batch->file, file) != 0)
		batch->file = batch_bytes(batch, file, strlen(file) + 1);
	return batch->file;
}

// Returns NULL when the batch is full.
static struct item *item_add(struct batch *batch, enum item_kind kind)
{
	struct item *item = &batch->items[batch->items_len];

	if (batch->no_room || batch->items_len == BATCH_ITEMS) {
		batch->no_room = true;
		return NULL;
	}
	batch->items_len++;
	item->kind = kind;
	return item;
}

static void batch_record(void *ctx, const struct zone_record *record)
{
	struct batch *batch = ctx;
	struct item *item = item_add(batch, ITEM_RECORD);

	if (!item)
		return;
	if (!batch->owner || !dns_name_eq(batch->owner, record->owner)) {
		batch->hash = zone_records_hash(batch->records, &batch->name, record->owner);
		batch->owner = batch_bytes(batch, record->owner, dns_name_len(record->owner));
	}
	item->hash = batch->hash;
	item->record = *record;
	item->record.owner = batch->owner;
	item->record.rdata = batch_bytes(batch, record->rdata, record->rdata_len);
	item->record.file = batch_file(batch, record->file);
}

static void batch_report(void *ctx, const struct zone_report *report)
{
	struct batch *batch = ctx;
	struct item *item = item_add(batch, ITEM_REPORT);

	if (!item)
		return;
	item->report = *report;
	item->report.file = report->file ? batch_file(batch, report->file) : NULL;
	item->report.text = batch_bytes(batch, report->text, strlen(report->text) + 1);
}

static void batch_add_file(void *ctx, const char *path, const struct zone_stamp *stamp)
{
	struct batch *batch = ctx;
	struct item *item = item_add(batch, ITEM_FILE);

	if (!item)
		return;
	item->file.path = batch_file(batch, path);
	item->file.stamp = *stamp;
}

// Counts steps rather than records for polling `stopped`: a file may consist of comments.
static bool step_read(struct feed *feed, const struct zonefile_sink *sink)
{
	return !zone_stop_at(feed->stopped, ++feed->steps) && zonefile_next(feed->reader, sink);
}

static void batch_read(struct feed *feed)
{
	struct batch *batch = feed->reading;
	struct zonefile_sink sink = {batch_record, batch_report, batch_add_file, batch,
	                             feed->stopped};

	batch->items_len = batch->bytes_len = 0;
	batch->file = NULL;
	batch->owner = NULL;
	while (feed->more && batch->items_len + STEP_ITEMS <= BATCH_ITEMS &&
	       batch->bytes_len + STEP_BYTES <= BATCH_BYTES)
		feed->more = step_read(feed, &sink);
}

static void item_pass(struct zone_intake *intake, const struct item *item)
{
	switch (item->kind) {
	case ITEM_RECORD:
		zone_intake_record(intake, &item->record);
		break;
	case ITEM_REPORT:
		zone_intake_report(intake, &item->report);
		break;
	case ITEM_FILE:
		zone_intake_file(intake, item->file.path, &item->file.stamp);
		break;
	}
}

static void items_prefetch(const struct zone_records *records, const struct item *items, size_t len)
{
	for (size_t i = 0; i < size_min(len, PREFETCH_ITEMS); i++)
		if (items[i].kind == ITEM_RECORD)
			zone_records_prefetch(records, items[i].hash);
}

static void batch_add(struct feed *feed)
{
	const struct batch *batch = feed->adding;
	const struct item *items = batch->items;

	feed->intake->no_memory |= batch->no_room;
	for (size_t i = 0; i < batch->items_len; i++) {
		if (i % PREFETCH_ITEMS == 0)
			items_prefetch(feed->intake->records, items + i, batch->items_len - i);
		item_pass(feed->intake, &items[i]);
	}
}

static void feed_work(void *work, size_t i)
{
	struct feed *feed = work;

	if (i == 0)
		batch_add(feed);
	else
		batch_read(feed);
}

static void feed_round(struct feed *feed)
{
	struct batch *read = feed->reading;

	feed->reading = feed->adding;
	feed->adding = read;
	zone_pool_run(feed->pool, feed_work, feed, 2);
}

// Makes an empty batch; NULL when there is not enough memory.
static struct batch *batch_open(const struct zone_records *records)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	batch->records = records;
	batch->items_len = 0;
	batch->no_room = false;
	return batch;
}

// A failed allocation sets no_memory in the intake.
static void feed_batches(struct feed *feed)
{
	feed->reading = batch_open(feed->intake->records);
	feed->adding = batch_open(feed->intake->records);
	if (feed->reading && feed->adding) {
		batch_read(feed);
		while (feed->reading->items_len > 0)
			feed_round(feed);
	} else {
		feed->intake->no_memory = true;
	}
	free(feed->reading);
	free(feed->adding);
}

// Estimates the final number of records, assuming that the rest of the file is like the part read.
// Assumes at least 16 bytes for each, since one $GENERATE line can make thousands of records.
static uint64_t records_expected(const struct feed *feed)
{
	struct zonefile_progress progress = zonefile_progress(feed->reader);
	uint64_t records = feed->intake->records->records_len;
	uint64_t left = progress.done ? records * progress.left / progress.done : 0;

	left = u64_min(left, progress.left / 16);
	return records + left + left / 16;
}

long zone_read_parallel(struct zone_intake *intake, struct zonefile *reader,
                        const struct zone_pool *pool, zone_stopped_fn *stopped)
{
	struct zonefile_sink sink = zone_intake_sink(intake, stopped);
	struct feed feed = {
	        .intake = intake, .pool = pool, .stopped = stopped, .reader = reader, .more = true};

	while (feed.more && intake->records->records_len < DIRECT_RECORDS)
		feed.more = step_read(&feed, &sink);
	if (feed.more) {
		zone_records_expect(intake->records, records_expected(&feed));
		feed_batches(&feed);
	}
	return zonefile_close(reader);
}
