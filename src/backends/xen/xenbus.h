// xenbus: the handshake between the frontend of a device, this process, and its backend: each
// writes its state to xenstore and reacts to the state of the other. The reactions are a table
// (xenbus_step), which uses neither xenstore nor a clock. The callbacks of struct xenbus_ops do
// what depends on the kind of device (vif.c).
//
// It recovers from all failures of either end: a previous process that died while connected; a
// backend that closes, disappears, is attached again or violates the protocol; nodes that the
// toolstack recreated when the guest was restored or migrated.
#ifndef BACKENDS_XEN_XENBUS_H
#define BACKENDS_XEN_XENBUS_H

#include "backends/xen/store.h"
#include "core/mono.h"

// The states of xen/io/xenbus.h. A node that does not exist counts as XENBUS_UNKNOWN.
enum xenbus_state {
	XENBUS_UNKNOWN,
	XENBUS_INITIALISING,
	XENBUS_INIT_WAIT,
	XENBUS_INITIALISED,
	XENBUS_CONNECTED,
	XENBUS_CLOSING,
	XENBUS_CLOSED,
	XENBUS_RECONFIGURING,
	XENBUS_RECONFIGURED,
	XENBUS_STATES,
};

enum xenbus_phase {
	PHASE_WAITING, // the frontend is Initialising, and waits for a backend in InitWait
	PHASE_CLOSING, // the frontend is Closing, and waits until the backend unmaps all pages
	PHASE_CLOSED,  // the frontend is Closed, and waits until the backend can start again
	PHASE_JOINING, // the frontend is Connected, and waits until the backend is
	PHASE_LIVE,    // both are Connected, and the device works
	PHASES,
};

enum xenbus_act {
	ACT_NONE,
	ACT_PUBLISH, // write all keys and the state Connected
	ACT_START,   // the backend has connected: test it and give the device to the workers
	ACT_STOP,    // take the device from the workers
};

// A step: do `act`, then write the state `write` unless it is UNKNOWN, then enter phase `next`.
struct xenbus_step {
	enum xenbus_act act;
	enum xenbus_state write;
	enum xenbus_phase next;
};

// The reaction to a state of the backend, and to a phase that has timed out.
struct xenbus_step xenbus_step(enum xenbus_phase phase, enum xenbus_state back);
struct xenbus_step xenbus_expire(enum xenbus_phase phase, enum xenbus_state back);

// The first step, from the states found at start.
struct xenbus_step xenbus_begin(enum xenbus_state front, enum xenbus_state back);

// "waiting", "closing", ...
const char *xenbus_phase_name(enum xenbus_phase phase) PURE;

struct xenbus;

// The callbacks of a device, which the control thread calls.
struct xenbus_ops {
	// Reads the features of the backend, removes old keys and writes new ones, in the
	// transaction. bus->renew: earlier grants may be invalid. Returns 0, -EAGAIN of
	// xenstore, or another negative errno.
	int (*publish)(void *device, struct xenbus *bus, uint32_t tx);
	// The backend is in state Connected. Returns 0, or a negative errno, after which the
	// device is closed and retried later.
	int (*start)(void *device);
	// The backend has disconnected or is disconnecting. Is also called for a device that was
	// published but not started. `resumed`: the guest was resumed or migrated.
	void (*stop)(void *device, bool resumed);
};

#define XENBUS_PATH_BYTES 96

struct xenbus {
	struct store *store;
	const struct xenbus_ops *ops;
	void *device;
	char front[XENBUS_PATH_BYTES]; // "device/vif/0"
	char back[XENBUS_PATH_BYTES];  // "" when there is none
	uint16_t back_domain;
	enum xenbus_phase phase;
	enum xenbus_state written; // the state last written to the frontend's node
	mono_t due;                // timeout of the phase
	mono_t not_before;         // earliest time of the next attempt
	uint64_t retry_us;
	bool renew;     // pages must be granted again before publishing
	bool published; // the keys have been written
};

// Starts from the current state of the device's nodes; `front` is copied. Returns 0, or a negative
// errno when xenstore cannot be watched.
int xenbus_open(struct xenbus *bus, struct store *store, const char *front,
                const struct xenbus_ops *ops, void *device) MUST_CHECK;

// Reads the states of both ends and reacts. To be called after an event of xenstore, and at the
// time that it returned last.
mono_t xenbus_serve(struct xenbus *bus, mono_t now);

// Closes the device after a failure, and retries later.
void xenbus_reset(struct xenbus *bus, mono_t now);

// Closes the device with all states of the handshake, so that the next process can connect at once.
// Waits for the backend up to limit_ms.
void xenbus_close(struct xenbus *bus, unsigned limit_ms);

// A node that holds a number: `value` is set to it, or to `fallback` when the node does not exist
// or is not a number from 0 to `max`.
struct xenbus_number {
	const char *key;
	uint32_t max, fallback, value;
};

#define XENBUS_NUMBERS_MAX 16

// Reads up to XENBUS_NUMBERS_MAX nodes of the backend.
void xenbus_back_read(struct xenbus *bus, struct xenbus_number *numbers, unsigned n);

// Read one number of the backend's or the frontend's folder; fallback as above.
uint32_t xenbus_back_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback);
uint32_t xenbus_front_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback);

// Writes a node of the frontend: `key`, in the subfolder `folder` unless that is "".
int xenbus_write(struct xenbus *bus, uint32_t tx, const char *folder, const char *key,
                 uint32_t value) MUST_CHECK;

#endif
