// zone_head: see the header.
#include "proto/dns/load/zone_head.h"

#include "proto/dns/zone/zone_nsec3.h"

void zone_head_write(struct zone_image *image, const struct zone_records *records)
{
	image->origin_len = records->origin.len;
	image->origin_labels = records->origin.labels;
	memcpy(image->origin, records->origin.wire, records->origin.len);
	for (const struct load_record *at = zone_records_first(records, &records->names[1]); at;
	     at = zone_records_next(records, at)) {
		if (at->type == DNS_TYPE_NSEC && image->denial == ZONE_DENIAL_NONE)
			image->denial = ZONE_DENIAL_NSEC;
		// RFC 5155 section 4.1.2: records with flags are to be ignored.
		if (at->type != DNS_TYPE_NSEC3PARAM || at->rdata[0] != 1 || at->rdata[1] != 0 ||
		    !zone_nsec3_fits(image))
			continue;
		image->denial = ZONE_DENIAL_NSEC3;
		image->nsec3_iterations = (uint16_t)(at->rdata[2] << 8 | at->rdata[3]);
		image->nsec3_salt_len = at->rdata[4];
		memcpy(image->origin + image->origin_len, at->rdata + ZONE_NSEC3_SALT_AT,
		       at->rdata[4]);
	}
	image->index_at = (uint16_t)zone_head_bytes(image->origin_len, image->nsec3_salt_len);
}
