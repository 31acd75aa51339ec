// vmdata: what the toolstack gives a guest in the store, under vm-data/wadi of its
// domain, so that one image serves many guests:
//
//   config            the configuration, in place of the image's
//   set/KEY/PATH      one key of it: set/ports/0/ipv4 is --set ports[0].ipv4=VALUE
//   files/N/name      a file beside the configuration, zones/example.org.zone,
//   files/N/text      and what is in it
//
// A text longer than a node may be is split: config/0, config/1, ... Names in the store
// are limited to letters, digits, "-", "/", "_" and "@", hence the form of the keys.
// An empty node below set is ignored.
//
// The image's own files are never changed: the toolstack's go to a folder of their own
// with links to the image's, a new folder each time, so that a failed or rejected
// reading changes nothing.
#ifndef BOOT_VMDATA_H
#define BOOT_VMDATA_H

#include "core/host/conf.h"
#include "core/why.h"

#define VMDATA_SETS_MAX   256         // of the image and the toolstack together
#define VMDATA_FILES_MAX  64          //
#define VMDATA_PIECES_MAX 1024        // of a text
#define VMDATA_BYTES_MAX  (16u << 20) // of all texts together

struct vmdata_conf {
	const struct conf_source *image; // the image's own; borrowed
	const char *run;                 // where the new folder is created
	bool required;                   // fails without a store
};

struct vmdata {
	struct conf_source source; // what to read
	const char *folder;        // NULL: none was needed
	struct arena arena;        // of both
};

// Reads all of it. 0, or a negative errno with a sentence in why, which names the
// node. Without vm-data/wadi, or without Xen when that is not required, the source
// is the image's.
int vmdata_open(struct vmdata *data, const struct vmdata_conf *conf, struct why *why) MUST_CHECK;

// Removes the folder, too.
void vmdata_close(struct vmdata *data);

// The guest's name in xenstore; "" when there is none.
void vmdata_name(char *name, size_t size);

#endif
