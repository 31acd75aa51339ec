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
// form of the keys.
#ifndef BOOT_VMDATA_H
#define BOOT_VMDATA_H

#include "core/conf.h"

#define VMDATA_SETS_MAX 64

struct vmdata {
	char file[256]; // the configuration to read
	const char *sets[VMDATA_SETS_MAX + 64];
	size_t sets_len;
	struct arena arena; // of what sets points to
};

// Reads all of it and writes the files below folder, where the image's own
// configuration is `file`; `sets` come before the toolstack's. 0, or a negative
// errno with a sentence in why, which names the node; what was written until then
// stays. Without vm-data/wadi, or without Xen, there is the image's configuration.
int vmdata_open(struct vmdata *data, const char *folder, const char *file, const char *const *sets,
                size_t sets_len, char *why, size_t why_size) MUST_CHECK;
void vmdata_close(struct vmdata *data);

// The guest's name, as the toolstack has it; "" when there is none.
void vmdata_name(char *name, size_t size);

#endif
