// backends: the list of the backends in this build, and all that boot does with devices:
// from the configuration's strings, "tap:wadi0" or "impair(loss=1%):tap:wadi0", to open
// netifs. What a backend is, is core/host/backend.h.
#ifndef BOOT_BACKENDS_H
#define BOOT_BACKENDS_H

#include "backends/mem/impair.h"
#include "core/host/backend.h"
#include "core/host/manual.h"

#define BACKENDS_MAX       8
#define BACKENDS_KINDS_MAX 16

// A device string, read.
struct backends_device {
	const struct backend *backend;
	struct backend_conf conf;
	bool impaired;
	struct impair_conf impair;
};

// A device as the configuration gives it.
struct backends_conf {
	const char *device;
	uint32_t pages; // of each queue; 0: as many as the device needs
	uint16_t mtu;   // 0: the device's own
	// As another process has it open (struct backend_conf); NULL: it does not.
	const struct netif_handover *from;
};

// Reads a device string, which must outlive the device. 0, or -EINVAL with a sentence
// without its subject in why.
int backends_parse(const char *text, struct backends_device *device, struct why *why) MUST_CHECK;

// Whether two device strings name one device, whatever their options. Only a pair of mem: is
// two devices of one name.
bool backends_are_same(const char *a, const char *b);

// Looks whether the machine lets the device be opened with `queues` queues, as a backend's
// check does; nothing is changed.
int backends_check(const struct backends_conf *conf, unsigned queues, struct why *why) MUST_CHECK;

// Opens all devices with `queues` queues each, netifs[i] being that of confs[i]. 0, or a
// negative errno with a sentence in why; then none is open.
int backends_open(const char *app_name, const struct backends_conf *confs, unsigned len,
                  unsigned queues, struct netif **netifs, struct why *why) MUST_CHECK;

// Closes the netifs, and what their backends shared.
void backends_close(struct netif **netifs, unsigned len);

// Each worker's thread, before it touches a netif or a pool, and before it ends. 0 or a
// negative errno; then there is nothing to leave.
int backends_worker_enter(unsigned worker) MUST_CHECK;
void backends_worker_leave(void);

// What open backends have to do in the control thread: the descriptors that poll readable
// when backends_serve has something to do, and how many there are.
unsigned backends_fds(int fds[BACKENDS_MAX]);

// Does it; returns when to call again at the latest.
mono_t backends_serve(mono_t now);

// Where the devices' pages lie, for people; after they were opened.
const char *backends_memory(void);

// One line for the configuration's key `device`.
void backends_help(char *text, size_t size);

// The kinds of devices with their options, for --help and the man page. Items point into
// the struct.
struct backends_manual {
	struct manual_item items[BACKENDS_KINDS_MAX + 1];
	char term[BACKENDS_KINDS_MAX][128];
	char help[BACKENDS_KINDS_MAX][1024];
};

void backends_manual_init(struct backends_manual *manual);

// The list itself, closed by NULL, for tests.
extern const struct backend *const backends[];

#endif
