// zonefile_text: reads a whole zone file into memory. It does not map the file, because
// another process that truncates a mapped file causes a SIGBUS.
#ifndef DNS_ZONEFILE_TEXT_H
#define DNS_ZONEFILE_TEXT_H

#include "proto/dns/zone/zone_file.h"
#include "proto/dns/zone/zone_stop.h"

struct zonefile_text {
	char *bytes; // freed by zonefile_text_free
	size_t len;
	struct zone_stamp stamp;
};

// Returns 0, or -errno with the end of a sentence in *why ("No such file or directory");
// -EFBIG when the file has more than `max` bytes; -EBUSY when another process is writing the file,
// as far as its owner's process can know; -ECANCELED when `stopped` (NULL: never) becomes true.
int zonefile_text_read(struct zonefile_text *text, const char *path, uint64_t max,
                       zone_stopped_fn *stopped, const char **why) MUST_CHECK;

void zonefile_text_free(struct zonefile_text *text);

#endif
