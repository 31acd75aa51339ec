// xenbus: how a front end and its back end come together, for any kind of device:
// each writes its state into the store and reacts to the other's. The reactions
// are a table (xenbus_step), which knows neither store nor clock; the rest of the
// file drives it. What is published and what connecting means is the device's
// (vif.c).
//
// The device recovers from whatever happens to either side: a predecessor of ours that
// died with the rings connected, a backend that closes, vanishes, is attached again or
// breaks the protocol, nodes that were recreated because the guest was restored
// elsewhere.
#ifndef BACKENDS_XEN_XENBUS_H
#define BACKENDS_XEN_XENBUS_H

#include "backends/xen/store.h"
#include "core/mono.h"

// xen/io/xenbus.h; 0 stands for nodes that are not there, too.
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
	PHASE_WAITING, // we are Initialising; the backend is to offer itself
	PHASE_CLOSING, // we are Closing; the backend is to unmap everything
	PHASE_CLOSED,  // we are Closed; the backend is to be ready for a new begin
	PHASE_JOINING, // we are Connected; the backend is to follow
	PHASE_LIVE,    // both are, and the device works
	PHASES,
};

enum xenbus_act {
	ACT_NONE,
	ACT_PUBLISH, // write all keys, and Connected with them
	ACT_START,   // the backend has connected: prove it and give the device away
	ACT_STOP,    // take the device back
};

// What to do: first act, then write `say` as our state unless it is UNKNOWN.
struct xenbus_step {
	enum xenbus_act act;
	enum xenbus_state say;
	enum xenbus_phase next;
};

// The reaction to a backend's state, and to a phase that lasted too long.
struct xenbus_step xenbus_step(enum xenbus_phase phase, enum xenbus_state back);
struct xenbus_step xenbus_expire(enum xenbus_phase phase, enum xenbus_state back);

// Where to begin with the states as they are found.
struct xenbus_step xenbus_begin(enum xenbus_state front, enum xenbus_state back);

// "waiting", "closing", ...
const char *xenbus_phase_name(enum xenbus_phase phase) PURE;

struct xenbus;

// What a device does. Control thread.
struct xenbus_ops {
	// Reads what the backend offers, removes old keys and writes ours into the
	// transaction. bus->anew: what was granted before may be void. 0, -EAGAIN
	// from the store, or another negative errno.
	int (*publish)(void *device, struct xenbus *bus, uint32_t tx);
	// The backend says that it has connected. 0, or a negative errno: the
	// device is closed and tried again later.
	int (*start)(void *device);
	// The backend is gone or going. May be called on a device that was only
	// published. `resumed`: we woke up elsewhere.
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
	enum xenbus_state said; // what our node should say
	mono_t due;             // when the phase has lasted too long
	mono_t not_before;      // of the next try
	uint64_t retry_us;
	bool anew;      // grants must be renewed before publishing
	bool published; // the nodes hold our keys
};

// Starts with the device's nodes as they are; `front` is copied. 0 or a negative
// errno: the store cannot be watched.
int xenbus_open(struct xenbus *bus, struct store *store, const char *front,
                const struct xenbus_ops *ops, void *device) MUST_CHECK;

// Looks at both states and reacts, after an event of the store or when due.
// Returns when to be called again though nothing happens.
mono_t xenbus_serve(struct xenbus *bus, mono_t now);

// The device does not do: closes it, and tries again later.
void xenbus_reset(struct xenbus *bus, mono_t now);

// Closes the device in the order that lets the next owner find the device fresh,
// waiting for the backend up to limit_ms.
void xenbus_close(struct xenbus *bus, unsigned limit_ms);

// A node of one end as a number: `value` is set to what it says, or to `fallback`
// when there is none or it is no number from 0 to `max`.
struct xenbus_number {
	const char *key;
	uint32_t max, fallback, value;
};

#define XENBUS_NUMBERS_MAX 16

// Reads up to XENBUS_NUMBERS_MAX nodes of the backend's.
void xenbus_back_read(struct xenbus *bus, struct xenbus_number *numbers, unsigned n);

// One number of the backend's folder, or of our own; fallback as above.
uint32_t xenbus_back_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback);
uint32_t xenbus_front_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback);

// Writes a node of ours, below a folder of the device's unless that is "".
int xenbus_write(struct xenbus *bus, uint32_t tx, const char *folder, const char *key,
                 uint32_t value) MUST_CHECK;

#endif
