// boot_check: what no key of the configuration alone can show: ports that contradict each
// other, addresses that cannot work together, devices that the machine does not have.
// The keys themselves are boot_conf.h's.
#ifndef BOOT_BOOT_CHECK_H
#define BOOT_BOOT_CHECK_H

#include "apps/boot/services.h"
#include "core/host/conf.h"

// Whether boot_check looks for the devices on this machine.
enum boot_check_devices {
	BOOT_CHECK_TEXT,  // no: it only reads their strings
	BOOT_CHECK_LATER, // yes, for `check`: findings are warnings, and neither missing rights
	                  // nor a device that is in use is one
	BOOT_CHECK_NOW,   // yes, for a start: findings are errors
};

// Reports errors and warnings of a configuration that was read with a boot_table, and has
// its services check their sections.
void boot_check(struct conf *conf, const struct services *services,
                enum boot_check_devices devices);

// Of boot_check, in boot_check_address.c: the addresses of all ports.
void boot_check_addresses(struct conf *conf);

// Of boot_check, in boot_check_listen.c: the TCP ports of all services.
void boot_check_listens(struct conf *conf, const struct services *services);

#endif
