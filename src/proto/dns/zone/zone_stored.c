// zone_stored: see the header.
#include "proto/dns/zone/zone_stored.h"

#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_image_verify.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_nsec3.h"
#include "proto/dns/zone/zone_order.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = {'w', 'a', 'd', 'i', 'z', 'o', 'n', 'e'};

// A file that a zone was compiled from, followed by its path and zeros.
struct source {
	int64_t size;
	int64_t modified_s;
	struct zone_sum sum; // of its bytes
	uint32_t modified_ns;
	uint32_t path_size; // including the zeros, at least one
};

// The properties that must be equal in the process that writes an image and the one that
// reads it.
static uint32_t layout_sum(void)
{
	struct zone_name name = {.wire = "\3two\006labels", .len = 12};
	struct zone_sum sum = {{0}};

	zone_name_split(&name);
	zone_name_hash(&name, 0, name.labels, 1);
	const uint64_t layout[12] = {
	        sizeof(struct zone_image),
	        sizeof(struct zone_bucket),
	        sizeof(struct zone_node) << 8 | sizeof(struct zone_proof),
	        sizeof(struct zone_rrset) << 8 | sizeof(struct zone_extra),
	        sizeof(struct zone_address) << 8 | ZONE_UNIT_BYTES,
	        offsetof(struct zone_image, origin) << 16 | offsetof(struct zone_image, apex),
	        ZONE_BUCKET_SLOTS << 8 | ZONE_CHAIN_MAX,
	        UINT64_C(0x10000) * ZONE_FIXUP_RRSET + ZONE_FIXUP_MAX,
	        name.hash[name.labels],
	        zone_index_home(UINT32_MAX, name.hash[name.labels]),
	        zone_order_key(&name, 0),
	        zone_hash_key(1),
	};
	zone_sum_add(&sum, layout, sizeof(layout));
	return sum.crc[0] ^ sum.crc[1] ^ sum.crc[2] ^ sum.crc[3];
}

// Offset in the file of the first byte that the checksum covers.
static size_t summed_at(void)
{
	return offsetof(struct zone_stored_hdr, bytes);
}

static size_t source_bytes(const struct zone_file *file)
{
	return sizeof(struct source) + ROUND_UP(strlen(file->path) + 1, sizeof(uint64_t));
}

static int sources_init(struct zone_stored *stored, const struct zone_file *files)
{
	size_t bytes = 0;
	uint8_t *p;

	for (const struct zone_file *file = files; file; file = file->next)
		bytes += source_bytes(file);
	stored->hdr.sources_bytes = bytes;
	stored->sources_bytes = ROUND_UP(bytes, ZONE_SUM_BYTES);
	p = calloc(1, stored->sources_bytes + 1);
	if (!p)
		return -ENOMEM;
	stored->sources = p;
	for (const struct zone_file *file = files; file; file = file->next) {
		*(struct source *)p =
		        (struct source){file->stamp.size, file->stamp.modified.tv_sec,
		                        file->stamp.sum, (uint32_t)file->stamp.modified.tv_nsec,
		                        (uint32_t)(source_bytes(file) - sizeof(struct source))};
		memcpy(p + sizeof(struct source), file->path, strlen(file->path));
		p += source_bytes(file);
	}
	return 0;
}

int zone_stored_init(struct zone_stored *stored, const struct zone *zone)
{
	struct zone_stored_hdr *hdr = &stored->hdr;
	struct zone_sum sum = {{0}};

	*stored = (struct zone_stored){.image = zone->image, .image_bytes = zone->image->bytes};
	if (sources_init(stored, zone->files))
		return -ENOMEM;
	memcpy(hdr->magic, magic, sizeof(magic));
	hdr->version = ZONE_STORED_VERSION;
	hdr->layout = layout_sum();
	hdr->image_bytes = stored->image_bytes;
	hdr->bytes = sizeof(*hdr) + stored->image_bytes + stored->sources_bytes;
	zone_sum_add(&sum, (const uint8_t *)hdr + summed_at(), sizeof(*hdr) - summed_at());
	zone_sum_add(&sum, stored->image, stored->image_bytes);
	zone_sum_add(&sum, stored->sources, stored->sources_bytes);
	memcpy(hdr->checksum, sum.crc, sizeof(hdr->checksum));
	return 0;
}

void zone_stored_fini(struct zone_stored *stored)
{
	free(stored->sources);
}

// A file that is being opened.
struct opening {
	const char *file;
	const uint8_t *bytes;
	size_t len;
	const uint8_t *origin;
	struct zone_file *files; // the zone is outdated when one of these changes
	const struct zone_policy *policy;
	enum zone_check_code check; // of a refusal
	zone_stopped_fn *stopped;
	zone_report_fn *on_report;
	void *ctx;
};

static void PRINTF(2, 3) refuse(const struct opening *opening, const char *format, ...)
{
	char text[2048];
	struct zone_report report = {.file = opening->file, .check = opening->check, .text = text};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	opening->on_report(opening->ctx, &report);
}

#define COMPILE_AGAIN "compile it again with wadi-dns compile"

// The checksum polls `stopped` after each piece.
#define PIECE_BYTES ((size_t)4 << 20)

static bool check_sum(const struct opening *opening, const struct zone_stored_hdr *hdr)
{
	struct zone_sum sum = {{0}};
	size_t len;

	for (size_t at = summed_at(); at < opening->len; at += len) {
		if (zone_stop_now(opening->stopped)) {
			refuse(opening, "the check was cancelled");
			return false;
		}
		len = size_min(opening->len - at, PIECE_BYTES);
		zone_sum_add(&sum, opening->bytes + at, len);
	}
	if (memcmp(sum.crc, hdr->checksum, sizeof(sum.crc)) == 0)
		return true;
	refuse(opening, "the image is damaged: its checksum is wrong; " COMPILE_AGAIN);
	return false;
}

// Checks that the file is a compiled zone of this version and layout, and complete.
static bool check_hdr(const struct opening *opening)
{
	const struct zone_stored_hdr *hdr = (const struct zone_stored_hdr *)opening->bytes;

	if (opening->len < sizeof(*hdr) || memcmp(hdr->magic, magic, sizeof(magic)) != 0) {
		refuse(opening,
		       "this is not a zone image: \"image\" takes a file that wadi-dns compile "
		       "wrote, \"file\" takes a zone file");
		return false;
	}
	if (hdr->version != ZONE_STORED_VERSION) {
		refuse(opening,
		       "the image has version %u, this program needs version %u; "
		       "" COMPILE_AGAIN,
		       hdr->version, ZONE_STORED_VERSION);
		return false;
	}
	if (hdr->layout != layout_sum()) {
		refuse(opening, "the image was made by another program or for another machine; "
		                "" COMPILE_AGAIN " where it is served");
		return false;
	}
	if (hdr->bytes != opening->len) {
		refuse(opening,
		       "the image has %zu bytes, not the %ju that were written: it was cut short "
		       "or "
		       "is being copied; copy it again, or " COMPILE_AGAIN,
		       opening->len, (uintmax_t)hdr->bytes);
		return false;
	}
	if (hdr->image_bytes == 0 || hdr->image_bytes > opening->len ||
	    hdr->sources_bytes > opening->len || hdr->image_bytes % CACHE_LINE_BYTES ||
	    sizeof(*hdr) + hdr->image_bytes + ROUND_UP(hdr->sources_bytes, ZONE_SUM_BYTES) !=
	            opening->len) {
		refuse(opening, "the image is damaged: its parts do not add up; " COMPILE_AGAIN);
		return false;
	}
	return check_sum(opening, hdr);
}

// Whether the source is the version that the image was compiled from. Times lose precision, or
// change, when files are copied; then the bytes decide.
static bool source_same(const struct source *source, const char *path, struct zone_stamp *stamp)
{
	if (stamp->size != source->size)
		return false;
	if (stamp->modified.tv_sec == source->modified_s &&
	    stamp->modified.tv_nsec == source->modified_ns)
		return true;
	return zone_file_sum(path, stamp) && zone_sum_same(&stamp->sum, &source->sum);
}

// Reports what a check has found. False when that counts as an error.
static bool finding_passes(const struct opening *opening, enum zone_check_code check,
                           const char *text)
{
	static const struct zone_policy fallback;
	enum zone_severity severity =
	        zone_report_severity(opening->policy ? opening->policy : &fallback, check);

	if (severity != ZONE_IGNORE)
		opening->on_report(opening->ctx,
		                   &(struct zone_report){.file = opening->file,
		                                         .warning = severity == ZONE_WARNING,
		                                         .check = check,
		                                         .text = text});
	return severity != ZONE_ERROR;
}

// An image that is older than a source.
static bool accept_stale(const struct opening *opening, const char *path)
{
	char text[2048];

	snprintf(text, sizeof(text),
	         "the image is stale: %s has changed since it was compiled; " COMPILE_AGAIN, path);
	return finding_passes(opening, ZONE_CHECK_IMAGE_STALE, text);
}

static bool accept_cost(const struct opening *opening, const struct zone_image *image)
{
	char text[128];

	if (image->denial != ZONE_DENIAL_NSEC3 ||
	    image->nsec3_iterations <= ZONE_NSEC3_ITERATIONS_MAX)
		return true;
	snprintf(text, sizeof(text), "the image has %u NSEC3 iterations; at most %u are accepted",
	         image->nsec3_iterations, ZONE_NSEC3_ITERATIONS_MAX);
	return finding_passes(opening, ZONE_CHECK_NSEC3_COST, text);
}

// Checks that a source is unchanged. A missing zone file counts as unchanged, because servers
// may have only the compiled file.
static bool check_source(struct opening *opening, const struct source *source, const char *path)
{
	struct zone_stamp stamp;

	if (!zone_file_stamp(path, &stamp))
		return true;
	if (!source_same(source, path, &stamp) && !accept_stale(opening, path))
		return false;
	if (zone_file_add(&opening->files, path, &stamp) == 0)
		return true;
	refuse(opening, "not enough memory for the zone");
	return false;
}

static bool check_sources(struct opening *opening)
{
	const struct zone_stored_hdr *hdr = (const struct zone_stored_hdr *)opening->bytes;
	const uint8_t *p = opening->bytes + sizeof(*hdr) + hdr->image_bytes;
	size_t left = hdr->sources_bytes;

	while (left > 0) {
		const struct source *source = (const struct source *)p;
		const char *path = (const char *)(source + 1);

		if (left < sizeof(*source) || source->path_size == 0 ||
		    source->path_size > left - sizeof(*source) ||
		    source->path_size % sizeof(uint64_t) || path[source->path_size - 1] != '\0') {
			refuse(opening, "the image is not valid: a source is malformed; "
			                "" COMPILE_AGAIN);
			return false;
		}
		if (!check_source(opening, source, path))
			return false;
		p += sizeof(*source) + source->path_size;
		left -= sizeof(*source) + source->path_size;
	}
	return true;
}

static bool check_image(const struct opening *opening, const struct zone_image *image, size_t bytes)
{
	char wanted[DNS_NAME_TEXT_BYTES], found[DNS_NAME_TEXT_BYTES];
	const char *why;
	int err = zone_image_verify(image, bytes, opening->stopped, &why);

	if (err == -ENOMEM)
		refuse(opening, "not enough memory to check the image");
	else if (err)
		refuse(opening, "the image is not valid: %s; " COMPILE_AGAIN, why);
	else if (!dns_name_eq(image->origin, opening->origin))
		refuse(opening, "the image holds the zone %s, not %s",
		       dns_name_text(image->origin, found), dns_name_text(opening->origin, wanted));
	else
		return accept_cost(opening, image);
	return false;
}

// Makes the zone from the opened file. NULL after a report.
static struct zone *zone_of(struct opening *opening, struct zone_image *image)
{
	const struct zone_stored_hdr *hdr = (const struct zone_stored_hdr *)opening->bytes;
	struct zone *zone = NULL;

	if (!check_image(opening, image, hdr->image_bytes) || !check_sources(opening))
		return NULL;
	zone = malloc(sizeof(*zone));
	if (zone)
		*zone = (struct zone){.refs = 1, .image = image, .files = opening->files};
	else
		refuse(opening, "not enough memory for the zone");
	return zone;
}

struct zone *zone_stored_open(const char *file, const uint8_t *origin,
                              const struct zone_policy *policy, zone_stopped_fn *stopped,
                              zone_report_fn *on_report, void *ctx)
{
	struct opening opening = {.file = file,
	                          .origin = origin,
	                          .policy = policy,
	                          .stopped = stopped,
	                          .on_report = on_report,
	                          .ctx = ctx};
	struct zone *zone = NULL;
	struct zone_map map;
	const char *why;
	int err;

	err = zone_map_open(&map, file, &why);
	if (err) {
		opening.check = err == -EBUSY ? ZONE_CHECK_BEING_WRITTEN : ZONE_CHECK_UNREAD;
		refuse(&opening, "the image cannot be mapped: %s", why);
		return NULL;
	}
	opening.bytes = map.bytes;
	opening.len = map.len;
	if (!check_hdr(&opening))
		goto out;
	if (zone_file_add(&opening.files, file, &map.stamp))
		refuse(&opening, "not enough memory for the zone");
	else
		zone = zone_of(&opening,
		               (struct zone_image *)(uintptr_t)(map.bytes +
		                                                sizeof(struct zone_stored_hdr)));
out:
	if (zone) {
		zone->map = map;
	} else {
		zone_file_free(opening.files);
		zone_map_close(&map);
	}
	return zone;
}

struct zone *zone_stored_copy(const char *name, const void *bytes, size_t len,
                              const uint8_t *origin, zone_report_fn *on_report, void *ctx)
{
	struct opening opening = {.file = name,
	                          .bytes = bytes,
	                          .len = len,
	                          .origin = origin,
	                          .on_report = on_report,
	                          .ctx = ctx};
	struct zone_image *image = NULL;
	struct zone *zone = NULL;
	size_t image_bytes;

	if (!check_hdr(&opening))
		return NULL;
	image_bytes = ((const struct zone_stored_hdr *)bytes)->image_bytes;
	image = aligned_alloc(CACHE_LINE_BYTES, image_bytes);
	if (image) {
		memcpy(image, (const uint8_t *)bytes + sizeof(struct zone_stored_hdr), image_bytes);
		zone = zone_of(&opening, image);
	} else {
		refuse(&opening, "not enough memory for the zone");
	}
	if (!zone) {
		zone_file_free(opening.files);
		free(image);
	}
	return zone;
}
