// guest: an appliance that is process 1, the whole user space of a guest: mounts
// what it needs, loads the modules that its image brings, takes the console, and
// powers the guest off when it ends. What the toolstack gives it is vmdata.h.
#ifndef BOOT_GUEST_H
#define BOOT_GUEST_H

#include "core/base.h"

#define GUEST_SETS_MAX 32

struct guest {
	const char *program;                // the appliance's name
	char file[64];                      // its configuration in the image
	int console_fd;                     // for control; -1: none
	char cmdline[2048];                 // of the kernel,
	const char *sets[GUEST_SETS_MAX];   // and what is in it for us, "ports[0].mtu=9000",
	const char *places[GUEST_SETS_MAX]; // as it stands there, "wadi.set=ports[0]..."
	size_t sets_len;
};

// Whether argv0 is init's, and we are process 1. A program that is process 1 of a
// container, by its own name, is an ordinary one.
bool guest_is_init(const char *argv0);

// The links poweroff, halt and reboot of an image, which the kernel runs when the
// toolstack asks for a shutdown: tells process 1 to end. -1 when argv0 is none of
// them, else the exit status.
int guest_run_link(const char *argv0);

// Takes the words "wadi.set=KEY=VALUE" out of the kernel's command line, which is
// cut up in place.
void guest_parse_cmdline(struct guest *guest);

// Makes this process one that can serve: file systems, console, modules, handlers
// of crashes. What fails is told on the console and tried without. The configuration
// is the image's /etc/wadi/NAME.json, NAME being the program's without "wadi-".
void guest_open(struct guest *guest, const char *program);

// Says why, waits for the console to take it, and powers off; or restarts the
// guest when that was asked for. As process 1 it does not return.
void guest_end(const struct guest *guest, int status);

#endif
