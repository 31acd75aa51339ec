// xenbus: every entry of the handshake's table, and the table against a model of a backend.
// netfront_test.c tests it over xenstore.
#include "harness.h"

#include "backends/xen/xenbus.h"

// The state that the frontend has written in each phase.
static const enum xenbus_state written_in[PHASES] = {
        [PHASE_WAITING] = XENBUS_INITIALISING, [PHASE_CLOSING] = XENBUS_CLOSING,
        [PHASE_CLOSED] = XENBUS_CLOSED,        [PHASE_JOINING] = XENBUS_CONNECTED,
        [PHASE_LIVE] = XENBUS_CONNECTED,
};

static void check_step(enum xenbus_phase phase, enum xenbus_state back, struct xenbus_step step)
{
	bool connected = phase == PHASE_JOINING || phase == PHASE_LIVE;
	bool stays_connected = step.next == PHASE_JOINING || step.next == PHASE_LIVE;

	assert_in_range(step.next, 0, PHASES - 1);
	if (step.act == ACT_PUBLISH) {
		assert_int_equal(phase, PHASE_WAITING);
		assert_int_equal(back, XENBUS_INIT_WAIT);
		assert_int_equal(step.next, PHASE_JOINING);
		return;
	}
	if (step.act == ACT_START) {
		assert_int_equal(phase, PHASE_JOINING);
		assert_int_equal(back, XENBUS_CONNECTED);
		assert_int_equal(step.next, PHASE_LIVE);
		return;
	}
	// A change of state is written to xenstore, and leaving a connection stops the device.
	if (written_in[step.next] != written_in[phase])
		assert_int_equal(step.write, written_in[step.next]);
	assert_int_equal(step.act == ACT_STOP, connected && !stays_connected);
	assert_false(!connected && stays_connected);
}

static void each_step_is_consistent(void **state)
{
	for (int phase = 0; phase < PHASES; phase++) {
		for (int back = 0; back < XENBUS_STATES; back++) {
			check_step(phase, back, xenbus_step(phase, back));
			check_step(phase, back, xenbus_expire(phase, back));
		}
	}
}

static void a_live_device_outlives_only_a_connected_backend(void **state)
{
	for (int back = 0; back < XENBUS_STATES; back++) {
		bool goes_on = back == XENBUS_CONNECTED || back == XENBUS_INITIALISED ||
		               back == XENBUS_RECONFIGURING || back == XENBUS_RECONFIGURED;

		assert_int_equal(xenbus_step(PHASE_LIVE, back).next == PHASE_LIVE, goes_on);
	}
}

// Rings that somebody left connected are never published over.
static void a_connected_backend_is_closed_first(void **state)
{
	static const enum xenbus_state stale[] = {XENBUS_CONNECTED, XENBUS_INITIALISED};

	for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
		for (int front = 0; front < XENBUS_STATES; front++) {
			struct xenbus_step step = xenbus_begin(front, stale[i]);

			assert_int_equal(step.write, XENBUS_CLOSING);
			assert_int_equal(step.next, PHASE_CLOSING);
		}
		assert_int_equal(xenbus_step(PHASE_WAITING, stale[i]).next, PHASE_CLOSING);
	}
}

// xen-netback's answer to a change of the front end.
static enum xenbus_state model(enum xenbus_state front, enum xenbus_state back)
{
	switch (front) {
	case XENBUS_INITIALISING:
		return back == XENBUS_CLOSED ? XENBUS_INIT_WAIT : back;
	case XENBUS_CONNECTED:
		return back == XENBUS_INIT_WAIT ? XENBUS_CONNECTED : back;
	case XENBUS_CLOSING:
		return back == XENBUS_CLOSED ? back : XENBUS_CLOSING;
	case XENBUS_CLOSED:
		return XENBUS_CLOSED;
	default:
		return back;
	}
}

// From whatever is found both come together, the backend being honest and slow or
// fast to react.
static void both_ends_come_together_from_any_state(void **state)
{
	for (int front = 0; front < XENBUS_STATES; front++) {
		for (int back = XENBUS_INIT_WAIT; back <= XENBUS_CLOSED; back++) {
			struct xenbus_step step = xenbus_begin(front, back);
			enum xenbus_state written =
			        step.write ? step.write : (enum xenbus_state)front;
			enum xenbus_state theirs = back;
			enum xenbus_phase phase = step.next;
			unsigned turns = 0;

			for (; phase != PHASE_LIVE && turns < 30; turns++) {
				enum xenbus_state before = theirs;

				theirs = model(written, theirs);
				step = xenbus_step(phase, theirs);
				if (step.act == ACT_NONE && !step.write && before == theirs)
					step = xenbus_expire(phase, theirs);
				phase = step.next;
				written = step.act == ACT_PUBLISH ? XENBUS_CONNECTED
				          : step.write            ? step.write
				                                  : written;
			}
			if (phase != PHASE_LIVE)
				fail_msg("front %d and back %d do not come together", front, back);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_step_is_consistent),
	        cmocka_unit_test(a_live_device_outlives_only_a_connected_backend),
	        cmocka_unit_test(a_connected_backend_is_closed_first),
	        cmocka_unit_test(both_ends_come_together_from_any_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
