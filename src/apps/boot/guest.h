// guest: an appliance as process 1, the whole user space of a guest: mounts file
// systems, loads the image's kernel modules, opens the console, and powers the guest
// off when it ends. What the toolstack gives it is vmdata.h's.
#ifndef BOOT_GUEST_H
#define BOOT_GUEST_H

#include "core/base.h"

#define GUEST_SETS_MAX 32

struct guest {
	const char *program;                // the appliance's name
	char file[64];                      // its configuration in the image
	int console_fd;                     // for control; -1: none
	char cmdline[2048];                 // of the kernel
	const char *sets[GUEST_SETS_MAX];   // the options in it, "ports[0].mtu=9000",
	const char *places[GUEST_SETS_MAX]; // and as they are written, "wadi.set=ports[0]..."
	size_t sets_len;
};

// Whether this process is process 1 and called init. Process 1 of a container has
// another name and is an ordinary program.
bool guest_is_init(const char *argv0);

// Runs one of an image's links poweroff, halt and reboot, which the kernel executes when
// the toolstack asks for a shutdown: signals process 1. Returns the exit status; -1 when
// argv0 is none of the links.
int guest_run_link(const char *argv0);

// Finds the arguments "wadi.set=KEY=VALUE" in the kernel's command line, which it
// splits in place.
void guest_parse_cmdline(struct guest *guest);

// Prepares this process: file systems, console, modules, handlers of crashes. Logs what
// fails and goes on without it. The configuration
// is the image's /etc/wadi/NAME.json, NAME being the program's without "wadi-".
void guest_open(struct guest *guest, const char *program);

// Prints what happens next, drains the console, and powers off, or restarts the guest
// when that was requested. As process 1 it does not return.
void guest_end(const struct guest *guest, int status);

#endif
