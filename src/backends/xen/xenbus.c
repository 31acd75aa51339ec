// xenbus: see the header. First the table of reactions, then the functions that drive it by
// xenstore.
#include "backends/xen/xenbus.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRE_US    (5 * SEC_US)
#define JOIN_US      (20 * SEC_US) // longer, since restarting would add to the load of a busy dom0
#define RETRY_MIN_US (100 * MS_US)
#define RETRY_MAX_US (10 * SEC_US)

// Delay before the next attempt when xenstore did not reply.
#define SILENCE_US SEC_US

// Maximum number of steps in one call. The table has no loop, so fewer are needed.
#define STEPS_MAX 8

// Maximum number of times that a transaction is repeated after a conflict.
#define TX_TRIES 100

// clang-format off
#define STAY(phase)  {ACT_NONE, XENBUS_UNKNOWN, PHASE_##phase}
#define PUBLISH      {ACT_PUBLISH, XENBUS_UNKNOWN, PHASE_JOINING}
#define START        {ACT_START, XENBUS_UNKNOWN, PHASE_LIVE}
#define WRITE(act, state, phase) {ACT_##act, XENBUS_##state, PHASE_##phase}

// Rows: phase of the frontend. Columns: state of the backend, in the order of enum xenbus_state.
static const struct xenbus_step table[PHASES][XENBUS_STATES] = {
	[PHASE_WAITING] = {
		STAY(WAITING), STAY(WAITING), PUBLISH,
		WRITE(NONE, CLOSING, CLOSING), WRITE(NONE, CLOSING, CLOSING), WRITE(NONE, CLOSED, CLOSED),
		STAY(WAITING), STAY(WAITING), STAY(WAITING),
	},
	[PHASE_CLOSING] = {
		WRITE(NONE, CLOSED, CLOSED), WRITE(NONE, CLOSED, CLOSED), WRITE(NONE, CLOSED, CLOSED),
		STAY(CLOSING), STAY(CLOSING), WRITE(NONE, CLOSED, CLOSED),
		WRITE(NONE, CLOSED, CLOSED), STAY(CLOSING), STAY(CLOSING),
	},
	[PHASE_CLOSED] = {
		WRITE(NONE, INITIALISING, WAITING), WRITE(NONE, INITIALISING, WAITING),
		WRITE(NONE, INITIALISING, WAITING),
		STAY(CLOSED), STAY(CLOSED), STAY(CLOSED),
		WRITE(NONE, INITIALISING, WAITING), STAY(CLOSED), STAY(CLOSED),
	},
	[PHASE_JOINING] = {
		WRITE(STOP, CLOSED, CLOSED), WRITE(STOP, CLOSED, CLOSED), STAY(JOINING),
		STAY(JOINING), START, WRITE(STOP, CLOSED, CLOSED),
		WRITE(STOP, CLOSED, CLOSED), STAY(JOINING), STAY(JOINING),
	},
	[PHASE_LIVE] = {
		WRITE(STOP, CLOSED, CLOSED), WRITE(STOP, CLOSED, CLOSED), WRITE(STOP, CLOSED, CLOSED),
		STAY(LIVE), STAY(LIVE), WRITE(STOP, CLOSED, CLOSED),
		WRITE(STOP, CLOSED, CLOSED), STAY(LIVE), STAY(LIVE),
	},
};
// clang-format on

struct xenbus_step xenbus_step(enum xenbus_phase phase, enum xenbus_state back)
{
	return table[phase][back];
}

// A backend in state Closed waits for a change of the frontend's state, so Closed is written again
// in case that it missed the change. If a backend does not react at all, the frontend continues as
// if it had.
struct xenbus_step xenbus_expire(enum xenbus_phase phase, enum xenbus_state back)
{
	switch (phase) {
	case PHASE_WAITING:
		if (back == XENBUS_CLOSED)
			return (struct xenbus_step)WRITE(NONE, CLOSED, CLOSED);
		return (struct xenbus_step)STAY(WAITING);
	case PHASE_CLOSING:
		return (struct xenbus_step)WRITE(NONE, CLOSED, CLOSED);
	case PHASE_CLOSED:
		return (struct xenbus_step)WRITE(NONE, INITIALISING, WAITING);
	case PHASE_JOINING:
		return (struct xenbus_step)WRITE(STOP, CLOSING, CLOSING);
	default:
		return (struct xenbus_step)STAY(LIVE);
	}
}

// If a previous process died while connected, the backend still maps its rings and must unmap them
// first.
struct xenbus_step xenbus_begin(enum xenbus_state front, enum xenbus_state back)
{
	if (back == XENBUS_CONNECTED || back == XENBUS_INITIALISED)
		return (struct xenbus_step)WRITE(NONE, CLOSING, CLOSING);
	if (front == XENBUS_INITIALISING && back != XENBUS_CLOSED)
		return (struct xenbus_step)STAY(WAITING);
	return (struct xenbus_step)WRITE(NONE, CLOSED, CLOSED);
}

const char *xenbus_phase_name(enum xenbus_phase phase)
{
	static const char *const names[PHASES] = {
	        [PHASE_WAITING] = "waiting", [PHASE_CLOSING] = "closing", [PHASE_CLOSED] = "closed",
	        [PHASE_JOINING] = "joining", [PHASE_LIVE] = "live",
	};

	return names[phase];
}

// Parses a decimal number; returns `fallback` if the text is not one, or exceeds max.
static uint32_t number_of(const char *text, uint32_t max, uint32_t fallback)
{
	char *end;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return fallback;
	errno = 0;
	value = strtoul(text, &end, 10);
	return errno || *end || value > max ? fallback : (uint32_t)value;
}

static void numbers_read(struct xenbus *bus, const char *folder, struct xenbus_number *numbers,
                         unsigned n)
{
	char path[XENBUS_NUMBERS_MAX][STORE_PATH_BYTES];
	char text[XENBUS_NUMBERS_MAX][STORE_SHORT_BYTES];
	const char *paths[XENBUS_NUMBERS_MAX] = {NULL};
	int err = *folder ? 0 : -ENOENT;

	assert(n <= XENBUS_NUMBERS_MAX);
	for (unsigned i = 0; i < n; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", folder, numbers[i].key);
		paths[i] = path[i];
	}
	if (!err)
		err = store_read_many(bus->store, 0, paths, n, text);
	for (unsigned i = 0; i < n; i++)
		numbers[i].value =
		        number_of(err ? "" : text[i], numbers[i].max, numbers[i].fallback);
}

void xenbus_back_read(struct xenbus *bus, struct xenbus_number *numbers, unsigned n)
{
	numbers_read(bus, bus->back, numbers, n);
}

uint32_t xenbus_back_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback)
{
	struct xenbus_number number = {key, max, fallback, 0};

	xenbus_back_read(bus, &number, 1);
	return number.value;
}

uint32_t xenbus_front_number(struct xenbus *bus, const char *key, uint32_t max, uint32_t fallback)
{
	struct xenbus_number number = {key, max, fallback, 0};

	numbers_read(bus, bus->front, &number, 1);
	return number.value;
}

int xenbus_write(struct xenbus *bus, uint32_t tx, const char *folder, const char *key,
                 uint32_t value)
{
	char path[STORE_PATH_BYTES], text[16];

	snprintf(path, sizeof(path), "%s/%s%s%s", bus->front, folder, *folder ? "/" : "", key);
	snprintf(text, sizeof(text), "%u", value);
	return store_write(bus->store, tx, path, text);
}

// Writes the frontend's state. An error is ignored: if the nodes were removed, so was the backend.
static void state_write(struct xenbus *bus, enum xenbus_state state)
{
	bus->written = state;
	(void)!xenbus_write(bus, 0, "", "state", state);
}

static void back_watch(struct xenbus *bus, const char *back)
{
	char path[STORE_PATH_BYTES];

	if (*bus->back) {
		snprintf(path, sizeof(path), "%s/state", bus->back);
		(void)!store_unwatch(bus->store, path, bus->front);
	}
	snprintf(bus->back, sizeof(bus->back), "%s", back);
	if (*bus->back) {
		snprintf(path, sizeof(path), "%s/state", bus->back);
		(void)!store_watch(bus->store, path, bus->front);
	}
}

// The values of the frontend's own nodes.
struct front {
	char back[XENBUS_PATH_BYTES]; // "" when there is none
	uint16_t back_domain;
	enum xenbus_state state;
};

// Reads the frontend's nodes. After an error nothing is known about them, not even whether they
// exist.
static int front_read(struct xenbus *bus, struct front *front)
{
	static const char *const keys[] = {"backend", "backend-id", "state"};
	char path[ARRAY_LEN(keys)][STORE_PATH_BYTES], text[ARRAY_LEN(keys)][STORE_SHORT_BYTES];
	const char *paths[ARRAY_LEN(keys)];
	int err;

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", bus->front, keys[i]);
		paths[i] = path[i];
	}
	err = store_read_many(bus->store, 0, paths, ARRAY_LEN(keys), text);
	if (err)
		return err;
	*front = (struct front){
	        .back_domain = (uint16_t)number_of(text[1], UINT16_MAX, 0),
	        .state = (enum xenbus_state)number_of(text[2], XENBUS_STATES - 1, XENBUS_UNKNOWN)};
	if (strlen(text[0]) < sizeof(front->back))
		strcpy(front->back, text[0]);
	return 0;
}

// Watches the backend that the frontend's nodes name; true when it is another one than before.
static bool back_follow(struct xenbus *bus, const struct front *front)
{
	bool moved = strcmp(front->back, bus->back) != 0 || front->back_domain != bus->back_domain;

	if (moved)
		back_watch(bus, front->back);
	bus->back_domain = front->back_domain;
	return moved && *front->back;
}

static int publish_once(struct xenbus *bus)
{
	uint32_t tx;
	int err = store_begin(bus->store, &tx);

	if (err)
		return err;
	err = bus->ops->publish(bus->device, bus, tx);
	if (!err)
		err = xenbus_write(bus, tx, "", "state", XENBUS_CONNECTED);
	if (err) {
		(void)!store_end(bus->store, tx, false);
		return err;
	}
	return store_end(bus->store, tx, true);
}

static int bus_publish(struct xenbus *bus)
{
	int err = -EAGAIN;

	for (unsigned tries = 0; err == -EAGAIN && tries < TX_TRIES; tries++)
		err = publish_once(bus);
	bus->published = true;
	if (!err) {
		bus->written = XENBUS_CONNECTED;
		bus->renew = false;
	}
	return err;
}

static void bus_stop(struct xenbus *bus, bool resumed)
{
	if (bus->published)
		bus->ops->stop(bus->device, resumed);
	bus->published = false;
}

// Schedules the next attempt, with a delay that doubles until one succeeds.
static void bus_fail(struct xenbus *bus, mono_t now)
{
	bus->renew = true;
	bus->not_before = mono_add(now, bus->retry_us);
	bus->retry_us = u64_min(bus->retry_us * 2, RETRY_MAX_US);
}

static void bus_enter(struct xenbus *bus, struct xenbus_step step, mono_t now)
{
	if (step.write != XENBUS_UNKNOWN)
		state_write(bus, step.write);
	if (step.next != bus->phase)
		log_debug("%s: %s, was %s", bus->front, xenbus_phase_name(step.next),
		          xenbus_phase_name(bus->phase));
	bus->phase = step.next;
	if (step.next == PHASE_LIVE)
		bus->due = MONO_NEVER;
	else
		bus->due = mono_add(now, step.next == PHASE_JOINING ? JOIN_US : EXPIRE_US);
}

void xenbus_reset(struct xenbus *bus, mono_t now)
{
	bus_stop(bus, false);
	bus_fail(bus, now);
	bus_enter(bus, (struct xenbus_step)WRITE(STOP, CLOSING, CLOSING), now);
}

static void bus_take(struct xenbus *bus, struct xenbus_step step, mono_t now)
{
	if (step.act == ACT_STOP)
		bus_stop(bus, false);
	if (step.act == ACT_PUBLISH && bus_publish(bus)) {
		bus_stop(bus, false);
		bus_fail(bus, now);
		return;
	}
	bus_enter(bus, step, now);
	if (step.act == ACT_START) {
		if (bus->ops->start(bus->device))
			xenbus_reset(bus, now);
		else
			bus->retry_us = RETRY_MIN_US;
	}
}

static int back_read(struct xenbus *bus, enum xenbus_state *state)
{
	char path[STORE_PATH_BYTES], text[1][STORE_SHORT_BYTES] = {""};
	int err = 0;

	snprintf(path, sizeof(path), "%s/state", bus->back);
	if (*bus->back)
		err = store_read_many(bus->store, 0, (const char *const[]){path}, 1, text);
	*state = (enum xenbus_state)number_of(text[0], XENBUS_STATES - 1, XENBUS_UNKNOWN);
	return err;
}

// Detects that the toolstack recreated the nodes, because the state differs from the one written
// here or the backend is another one: the guest was restored, or the device was removed and added
// again.
static int change_detect(struct xenbus *bus, mono_t now)
{
	struct front front;
	enum xenbus_state back;
	int err = front_read(bus, &front);
	bool moved = !err && back_follow(bus, &front);

	if (err || (!moved && (front.state == bus->written || front.state == XENBUS_UNKNOWN)))
		return err;
	bus_stop(bus, bus->phase == PHASE_LIVE || bus->phase == PHASE_JOINING);
	bus->renew = true;
	bus->written = front.state;
	err = back_read(bus, &back);
	bus_enter(bus, xenbus_begin(front.state, back), now);
	return err;
}

// Takes one step, if the backend's state or a timeout requires one; false if not. Sets *again to
// the time of the next call.
static bool bus_react(struct xenbus *bus, mono_t now, mono_t *again)
{
	enum xenbus_state back;
	int err = back_read(bus, &back);
	struct xenbus_step step = xenbus_step(bus->phase, back);
	bool early = step.act == ACT_PUBLISH && !mono_due(bus->not_before, now);
	bool idle = step.act == ACT_NONE && step.write == XENBUS_UNKNOWN;

	*again = err ? mono_add(now, SILENCE_US) : early ? bus->not_before : bus->due;
	if (err || early || (idle && !mono_due(bus->due, now)))
		return false;
	if (idle) {
		if (bus->phase == PHASE_JOINING)
			bus_fail(bus, now);
		step = xenbus_expire(bus->phase, back);
	}
	bus_take(bus, step, now);
	*again = bus->due;
	return true;
}

mono_t xenbus_serve(struct xenbus *bus, mono_t now)
{
	mono_t again = mono_add(now, SILENCE_US);

	if (change_detect(bus, now))
		return again;
	for (unsigned i = 0; i < STEPS_MAX && bus_react(bus, now, &again); i++)
		;
	return again;
}

int xenbus_open(struct xenbus *bus, struct store *store, const char *front,
                const struct xenbus_ops *ops, void *device)
{
	*bus = (struct xenbus){.store = store,
	                       .ops = ops,
	                       .device = device,
	                       .retry_us = RETRY_MIN_US,
	                       .due = MONO_NEVER};
	snprintf(bus->front, sizeof(bus->front), "%s", front);
	return store_watch(store, bus->front, bus->front);
}

// Waits until the backend is in one of the states, a bit mask, or until the time.
static void bus_await(struct xenbus *bus, unsigned states, mono_t until)
{
	char path[STORE_PATH_BYTES], token[STORE_PATH_BYTES];

	for (mono_t now = clock_kernel(); now.us < until.us; now = clock_kernel()) {
		struct pollfd fd = {.fd = store_fd(bus->store), .events = POLLIN};
		enum xenbus_state back;

		if (back_read(bus, &back) == 0 && (states >> back & 1))
			return;
		if (!store_has_event(bus->store))
			poll(&fd, 1, (int)(mono_until(now, until) / MS_US) + 1);
		while (store_event(bus->store, path, token))
			;
	}
}

void xenbus_close(struct xenbus *bus, unsigned limit_ms)
{
	mono_t until = mono_add(clock_kernel(), limit_ms * MS_US);
	const unsigned gone = 1u << XENBUS_UNKNOWN | 1u << XENBUS_CLOSED;
	struct front front;

	bus_stop(bus, false);
	if (*bus->back && front_read(bus, &front) == 0 && front.state != XENBUS_INITIALISING) {
		state_write(bus, XENBUS_CLOSING);
		bus_await(bus, gone | 1u << XENBUS_CLOSING | 1u << XENBUS_INIT_WAIT, until);
		state_write(bus, XENBUS_CLOSED);
		bus_await(bus, gone | 1u << XENBUS_INIT_WAIT, until);
		state_write(bus, XENBUS_INITIALISING);
		bus_await(bus, 1u << XENBUS_UNKNOWN | 1u << XENBUS_INIT_WAIT, until);
	}
	(void)!store_unwatch(bus->store, bus->front, bus->front);
	back_watch(bus, "");
}
