// vmdata: what the toolstack gives a guest in the store, under vm-data/wadi of its
// domain, so that one image serves many guests:
//
//   config            the configuration, in place of the image's
//   set/KEY/PATH      one key of it: set/ports/0/ipv4 is --set ports[0].ipv4=VALUE
//   files/N/name      a file beside the configuration, zones/example.org.zone,
//   files/N/text      and what is in it
//
// A text that is longer than a node may be comes in pieces: config/0, config/1, ...
// Names in the store have letters, digits, "-", "/", "_" and "@" only, hence the
// form of the keys. An empty node of a key says nothing.
//
// The image's own files are never changed: what the toolstack gives lies with links
// to them in a folder of its own, a fresh one each time, so that a reading that
// fails, or that is not taken, leaves everything as it was.
#ifndef BOOT_VMDATA_H
#define BOOT_VMDATA_H

#include "core/host/conf.h"
#include "core/why.h"

#define VMDATA_SETS_MAX   256         // of the image and the toolstack together
#define VMDATA_FILES_MAX  64          //
#define VMDATA_PIECES_MAX 1024        // of a text
#define VMDATA_BYTES_MAX  (16u << 20) // of all texts together

struct vmdata_conf {
	const struct conf_source *image; // what there is without the toolstack; borrowed
	const char *run;                 // where the fresh folder is made
	bool required;                   // that there is a store
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

// The guest's name, as the toolstack has it; "" when there is none.
void vmdata_name(char *name, size_t size);

#endif
