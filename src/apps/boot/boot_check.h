// boot_check: what no key of the configuration alone can show: ports that contradict each
// other, addresses that cannot work together, devices that the machine does not have.
// The keys themselves are boot_conf.h's.
#ifndef BOOT_BOOT_CHECK_H
#define BOOT_BOOT_CHECK_H

#include "apps/boot/services.h"
#include "core/host/conf.h"

// Whether devices are asked for at the machine, and for whom.
enum boot_check_devices {
	BOOT_CHECK_TEXT,  // not at all
	BOOT_CHECK_LATER, // a configuration that is tried: findings are warnings, and neither
	                  // missing rights nor a device that is in use counts
	BOOT_CHECK_NOW,   // one that is about to be opened: findings are errors
};

// Reports errors and warnings of a configuration that was read with a boot_table, and has
// its services check their sections.
void boot_check(struct conf *conf, const struct services *services,
                enum boot_check_devices devices);

// Of boot_check, in boot_check_address.c: the addresses of all ports.
void boot_check_addresses(struct conf *conf);

#endif
