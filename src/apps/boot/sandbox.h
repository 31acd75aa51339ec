// sandbox: gives up the process's rights while an appliance starts (core/host/rights.h), in
// the order that boot needs: becomes the configured user before anything is opened, has
// capabilities only while devices are opened, and when all is open keeps just the files
// that the services named and the system calls of a server.
#ifndef BOOT_SANDBOX_H
#define BOOT_SANDBOX_H

#include "apps/boot/boot.h"
#include "core/host/rights.h"

#include <limits.h>

struct sandbox_conf {
	bool enabled;
	struct conf_list read, write; // of const char *
};

extern const struct conf_section sandbox_section;

struct sandbox {
	bool enabled; // files and system calls are restricted
	bool drops;   // capabilities are given up: enabled, or the user is another
	struct landlock landlock;
	struct syscall_filter filter;
	char last[PATH_MAX]; // the folder that was allowed last, for `use`
	enum landlock_use use;
};

// Restricts nothing until sandbox_begin: as in a guest, whose appliance is the whole user
// space and must be able to power the machine off.
void sandbox_init(struct sandbox *sandbox);

// Becomes the user, "" for the default: the user wadi when root starts an installed
// executable and there is such a user, otherwise the one who starts it. The folder of the
// control socket is made for the user. Capabilities are not in effect afterwards. 0, or
// negative errno with a sentence in why.
int sandbox_begin(struct sandbox *sandbox, const struct sandbox_conf *conf, const char *user,
                  const char *socket, struct why *why) MUST_CHECK;

// Around the opening of devices.
int sandbox_raise(const struct sandbox *sandbox, struct why *why) MUST_CHECK;
int sandbox_lower(const struct sandbox *sandbox, struct why *why) MUST_CHECK;

// When everything is open and before workers start: gives up the rest. 0, or negative
// errno with a sentence in why; the appliance must not run then. Gives up less, with a
// warning, when the program is built with sanitizers (docs/decisions/0012-rights.md).
int sandbox_end(struct sandbox *sandbox, const struct sandbox_conf *conf,
                struct why *why) MUST_CHECK;

// In each worker's thread, before it runs. 0 or negative errno.
int sandbox_worker(const struct sandbox *sandbox) MUST_CHECK;

void sandbox_close(struct sandbox *sandbox);

#endif
