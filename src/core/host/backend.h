// backend: the interface of a folder under backends/: one table of the device kinds it
// serves and the functions that open them and keep them going. The list of backends is
// apps/boot/backends.c's; a device, once open, is a netif.
//
// A device is written KIND:ARGUMENT[,option=value...], such as tap:wadi0,mac=02:...
#ifndef CORE_HOST_BACKEND_H
#define CORE_HOST_BACKEND_H

#include "core/host/option.h"
#include "core/mono.h"
#include "core/netif.h"
#include "core/why.h"

#define BACKEND_DEVICES_MAX    16
#define BACKEND_ARGUMENT_BYTES 1024 // two paths of a capture
#define BACKEND_OPTIONS_BYTES  96

struct backend_conf;

struct backend_kind {
	const char *name;     // "tap"; NULL closes the table
	const char *argument; // its form, "NAME"; one with commas, "IN,OUT", is of several words
	const char *help;     // one line: what the device is
	const struct option_table *options; // NULL: none of ours, see driver_options
	bool driver_options;                // what follows the argument is the driver's to judge
	bool socket; // the argument is a Unix socket: made and removed, or connected to
	// Whether the text of the argument is sound; NULL: any is. 0, or -EINVAL with a
	// sentence without its subject in why.
	int (*check)(const struct backend_conf *conf, struct why *why);
};

// A device to open.
struct backend_conf {
	const char *device; // as configured, for messages; borrowed
	const struct backend_kind *kind;
	char argument[BACKEND_ARGUMENT_BYTES];
	const char *driver_options; // within device; "" when there are none
	// The struct of kind->options.
	_Alignas(uint64_t) uint8_t options[BACKEND_OPTIONS_BYTES];
	unsigned queues; // one for each worker
	uint32_t pages;  // of each queue's pool; 0: as many as the device needs
	uint16_t mtu;    // of layer 3; 0: the device's own
	// To go on with, as another process has the device open, which runs until netif_ops.take;
	// borrowed, and so are its descriptors: the device duplicates them. NULL: opened by itself.
	const struct netif_handover *from;
};

// All functions but the workers' run in the control thread. NULL where a backend has
// nothing to do.
struct backend {
	const struct backend_kind *kinds;

	// Looks whether the machine lets the device be opened, and changes nothing. 0, or a
	// negative errno with a sentence that names the device: -EPERM and -EACCES are
	// missing rights, -EEXIST, -EBUSY and -EADDRINUSE a device that is in use.
	int (*check)(const struct backend_conf *conf, struct why *why);

	// Opens all devices of this backend at once, in the order of confs; netifs[i] is
	// the started netif of confs[i]. 0, or a negative errno with a sentence that
	// names the device; then none is open. Once in a process.
	int (*open)(const char *app_name, const struct backend_conf *confs, unsigned len,
	            struct netif **netifs, struct why *why);

	// After each netif was closed by its ops: frees what the devices shared.
	void (*close)(void);

	// Each worker's thread, before it touches a netif or a pool, and before it ends.
	// 0 or a negative errno.
	int (*worker_enter)(unsigned worker);
	void (*worker_leave)(void);

	// While open: the descriptor that polls readable when serve has something to do,
	// and serve, which returns when it must be called again at the latest. Both
	// or neither.
	int (*fd)(void);
	mono_t (*serve)(mono_t now);

	// While open: where the devices' pages lie, "2 MiB huge pages".
	const char *(*memory)(void);
};

// Reads a device string, which must outlive conf, as one of the backend's kinds; queues,
// pages and mtu are left 0. 0; -ENOENT, why untouched, when its kind is none of them;
// -EINVAL with a sentence without its subject in why.
int backend_conf_parse(struct backend_conf *conf, const struct backend *backend, const char *device,
                       struct why *why) MUST_CHECK;

// A locally administered unicast address made from the host's name and the device, for
// devices that have none of their own. The salt keeps devices of one name apart.
void backend_mac(const char *host, const char *kind, const char *name, uint64_t salt,
                 uint8_t mac[6]);

// A check of kinds whose argument is a Linux interface: whether it can be the name of one.
int backend_check_iface(const struct backend_conf *conf, struct why *why);

// The `open` of a backend whose devices share nothing: opens one after the other, and closes
// those that are open when one fails.
int backend_open_each(int (*open)(const struct backend_conf *conf, struct netif **netif,
                                  struct why *why),
                      const struct backend_conf *confs, unsigned len, struct netif **netifs,
                      struct why *why) MUST_CHECK;

// How devices of the kind are written: "memif:SOCKET[,role=server|client][,id=N]".
void backend_kind_form(const struct backend_kind *kind, char *text, size_t size);

#endif
