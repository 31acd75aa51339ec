// neigh: the state machine against RFC 4861 appendix C as it is written there,
// then queues, eviction and timers on virtual time.
#include "frames.h"

#include "proto/tcpip/neigh.h"

#include <stdlib.h>

#define ANY -1

// A row of the appendix. For advertisements: solicited, override, and whether
// the hardware address is another one; ANY stands for both.
struct row {
	int state;
	char event; // 's'end, 't'imeout, 'g'ave up, 'q'uery seen, 'a'dvertisement
	int solicited, override, other;
	int next;
	unsigned acts;
};

#define ASK_ALL (NEIGH_ASK_ALL | NEIGH_TIMER)
#define ASK_ONE (NEIGH_ASK_ONE | NEIGH_TIMER)
#define LEARN   (NEIGH_RECORD | NEIGH_FLUSH | NEIGH_TIMER)
#define UPDATE  (NEIGH_RECORD | NEIGH_TIMER)

static const struct row rows[] = {
        {NEIGH_NONE, 's', 0, 0, 0, NEIGH_INCOMPLETE, ASK_ALL},
        {NEIGH_NONE, 'q', 0, 0, 1, NEIGH_STALE, NEIGH_RECORD},
        {NEIGH_INCOMPLETE, 's', 0, 0, 0, NEIGH_INCOMPLETE, 0},
        {NEIGH_INCOMPLETE, 't', 0, 0, 0, NEIGH_INCOMPLETE, ASK_ALL},
        {NEIGH_INCOMPLETE, 'g', 0, 0, 0, NEIGH_NONE, 0},
        {NEIGH_INCOMPLETE, 'q', 0, 0, ANY, NEIGH_STALE, LEARN},
        {NEIGH_INCOMPLETE, 'a', 0, ANY, ANY, NEIGH_STALE, LEARN},
        {NEIGH_INCOMPLETE, 'a', 1, ANY, ANY, NEIGH_REACHABLE, LEARN},
        {NEIGH_REACHABLE, 's', 0, 0, 0, NEIGH_REACHABLE, 0},
        {NEIGH_REACHABLE, 't', 0, 0, 0, NEIGH_STALE, 0},
        {NEIGH_REACHABLE, 'g', 0, 0, 0, NEIGH_STALE, 0},
        {NEIGH_REACHABLE, 'a', ANY, 0, 1, NEIGH_STALE, NEIGH_TIMER},
        {NEIGH_STALE, 's', 0, 0, 0, NEIGH_DELAY, NEIGH_TIMER},
        {NEIGH_STALE, 't', 0, 0, 0, NEIGH_STALE, 0},
        {NEIGH_STALE, 'g', 0, 0, 0, NEIGH_STALE, 0},
        {NEIGH_STALE, 'a', ANY, 0, 1, NEIGH_STALE, 0},
        {NEIGH_DELAY, 's', 0, 0, 0, NEIGH_DELAY, 0},
        {NEIGH_DELAY, 't', 0, 0, 0, NEIGH_PROBE, ASK_ONE},
        {NEIGH_DELAY, 'g', 0, 0, 0, NEIGH_PROBE, ASK_ONE},
        {NEIGH_DELAY, 'a', ANY, 0, 1, NEIGH_DELAY, 0},
        {NEIGH_PROBE, 's', 0, 0, 0, NEIGH_PROBE, 0},
        {NEIGH_PROBE, 't', 0, 0, 0, NEIGH_PROBE, ASK_ONE},
        {NEIGH_PROBE, 'g', 0, 0, 0, NEIGH_NONE, 0},
        {NEIGH_PROBE, 'a', ANY, 0, 1, NEIGH_PROBE, 0},
};

// What the appendix says of every state but NONE and INCOMPLETE; `next` ANY
// means unchanged.
static const struct row known[] = {
        {ANY, 'q', 0, 0, 0, ANY, 0},
        {ANY, 'q', 0, 0, 1, NEIGH_STALE, UPDATE},
        {ANY, 'a', 1, 0, 0, NEIGH_REACHABLE, NEIGH_TIMER},
        {ANY, 'a', 1, 1, 0, NEIGH_REACHABLE, NEIGH_TIMER},
        {ANY, 'a', 1, 1, 1, NEIGH_REACHABLE, UPDATE},
        {ANY, 'a', 0, ANY, 0, ANY, 0},
        {ANY, 'a', 0, 1, 1, NEIGH_STALE, UPDATE},
};

static bool matches(const struct row *row, int state, char event, int s, int o, int other)
{
	return (row->state == ANY || row->state == state) && row->event == event &&
	       (row->solicited == ANY || row->solicited == s) &&
	       (row->override == ANY || row->override == o) &&
	       (row->other == ANY || row->other == other);
}

static const struct row *row_for(int state, char event, int s, int o, int other)
{
	const struct row *found = NULL;

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		if (matches(&rows[i], state, event, s, o, other))
			found = &rows[i];
	for (unsigned i = 0; !found && state > NEIGH_INCOMPLETE && i < ARRAY_LEN(known); i++)
		if (matches(&known[i], state, event, s, o, other))
			found = &known[i];
	return found;
}

static void test_each_state_and_event_is_as_the_rfc_says(void **state)
{
	static const struct {
		char event;
		int solicited, override, other;
	} events[NEIGH_EVENTS] = {
	        [NEIGH_SEND] = {'s'},
	        [NEIGH_TIMEOUT] = {'t'},
	        [NEIGH_GAVE_UP] = {'g'},
	        [NEIGH_SEEN_SAME] = {'q', 0, 0, 0},
	        [NEIGH_SEEN_NEW] = {'q', 0, 0, 1},
	        [NEIGH_ADV_SAME] = {'a', 0, 0, 0},
	        [NEIGH_ADV_NEW] = {'a', 0, 0, 1},
	        [NEIGH_ADV_O_SAME] = {'a', 0, 1, 0},
	        [NEIGH_ADV_O_NEW] = {'a', 0, 1, 1},
	        [NEIGH_ADV_S_SAME] = {'a', 1, 0, 0},
	        [NEIGH_ADV_S_NEW] = {'a', 1, 0, 1},
	        [NEIGH_ADV_SO_SAME] = {'a', 1, 1, 0},
	        [NEIGH_ADV_SO_NEW] = {'a', 1, 1, 1},
	};

	for (int s = 0; s < NEIGH_STATES; s++) {
		for (int e = 0; e < NEIGH_EVENTS; e++) {
			const struct row *row = row_for(s, events[e].event, events[e].solicited,
			                                events[e].override, events[e].other);
			struct neigh_step step =
			        neigh_step((enum neigh_state)s, (enum neigh_event)e);
			int next = !row ? NEIGH_NONE : row->next == ANY ? s : row->next;

			if (!row)
				assert_int_equal(s, NEIGH_NONE);
			if (step.next != next || step.acts != (row ? row->acts : 0))
				fail_msg("state %d, event %d: to %d with %#x", s, e, step.next,
				         step.acts);
		}
	}
}

static struct {
	struct neigh_table table;
	struct wheel wheel;
	struct batch out;
	struct offload_iface exit;
	mono_t now;
	unsigned asked_all, asked_one;
	struct addr asked;
} t;

static const struct mac mac_a = {0xa0}, mac_b = {0xb0};

static void count_solicit(void *ctx, struct addr addr, const struct mac *mac)
{
	assert_ptr_equal(ctx, &t);
	t.asked = addr;
	if (mac)
		t.asked_one++;
	else
		t.asked_all++;
}

static bool by_gateway; // whether packets go on from the neighbour

static bool is_dst(const struct pkt *pkt, struct addr addr)
{
	return !by_gateway;
}

static void open_table(uint32_t capacity, struct neigh_board *board)
{
	struct neigh_conf conf = {
	        .capacity = capacity,
	        .seed = 1,
	        .board = board,
	        .wheel = &t.wheel,
	        .out = &t.exit,
	        .metric = &harness_metric,
	        .solicit = count_solicit,
	        .is_dst = is_dst,
	        .ctx = &t,
	};

	memset(&t, 0, sizeof(t));
	by_gateway = false;
	t.now = (mono_t){SEC_US};
	t.exit = (struct offload_iface){.out = &t.out, .metric = &harness_metric};
	wheel_init(&t.wheel, t.now);
	assert_int_equal(neigh_open(&t.table, &conf), 0);
}

static int setup(void **state)
{
	int err = harness_setup(state);

	open_table(4, NULL);
	return err;
}

static int teardown(void **state)
{
	while (t.out.len)
		pkt_put(t.out.pkt[--t.out.len]);
	neigh_close(&t.table);
	return harness_teardown(state);
}

static void reopen(uint32_t capacity, struct neigh_board *board)
{
	neigh_close(&t.table);
	open_table(capacity, board);
}

static struct addr host(unsigned n)
{
	return addr_from_ipv4(be32(0x0a000000 + n));
}

// Sends a frame that ends in the byte n.
static void send_to(struct addr addr, uint8_t n)
{
	uint8_t bytes[15] = {[14] = n};
	struct pkt *pkt = harness_pkt(bytes, sizeof(bytes));

	pkt->l2 = pkt->off;
	neigh_send(&t.table, addr, pkt, t.now);
}

// In small steps, as a worker does.
static void advance(uint64_t us)
{
	for (mono_t end = mono_add(t.now, us); t.now.us < end.us;) {
		t.now.us = u64_min(t.now.us + MS_US, end.us);
		wheel_tick(&t.wheel, t.now);
	}
}

static int state_of(struct addr addr)
{
	const struct neigh *neigh = neigh_find(&t.table, addr);

	return neigh ? neigh->state : NEIGH_NONE;
}

static void test_packets_wait_until_the_neighbour_is_known(void **state)
{
	send_to(host(1), 'x');
	send_to(host(1), 'y');
	assert_int_equal(t.out.len, 0);
	assert_int_equal(t.asked_all, 1);
	assert_true(addr_eq(t.asked, host(1)));
	neigh_advertised(&t.table, host(1), &mac_a, true, true, t.now);
	assert_int_equal(t.out.len, 2);
	assert_int_equal(pkt_data(t.out.pkt[0])[14], 'x');
	assert_int_equal(pkt_data(t.out.pkt[1])[14], 'y');
	assert_int_equal(mac_load(pkt_data(t.out.pkt[1])).bits, mac_a.bits);
	assert_int_equal(state_of(host(1)), NEIGH_REACHABLE);
}

static void test_the_oldest_of_too_many_waiting_is_dropped(void **state)
{
	for (uint8_t n = 0; n <= NEIGH_QUEUE_LEN; n++)
		send_to(host(1), n);
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 1);
	neigh_seen(&t.table, host(1), mac_a, t.now);
	assert_int_equal(t.out.len, NEIGH_QUEUE_LEN);
	assert_int_equal(pkt_data(t.out.pkt[0])[14], 1);
}

static void test_a_table_keeps_no_more_than_its_share_of_pages(void **state)
{
	reopen(32, NULL);
	for (unsigned n = 0; n < NEIGH_QUEUED_MAX; n++)
		send_to(host(n / NEIGH_QUEUE_LEN), 'x');
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 0);
	send_to(host(0), 'y');  // takes the place of its own oldest
	send_to(host(40), 'z'); // has none to give up
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 2);
	neigh_seen(&t.table, host(0), mac_a, t.now);
	assert_int_equal(pkt_data(t.out.pkt[NEIGH_QUEUE_LEN - 1])[14], 'y');
}

static void send_pages_to(struct addr addr, size_t pages)
{
	static const uint8_t bytes[15];
	size_t cuts[NEIGH_QUEUED_MAX];
	struct pkt *pkt;

	for (size_t i = 0; i < pages - 1; i++)
		cuts[i] = 14;
	pkt = harness_chain(bytes, sizeof(bytes), cuts, pages - 1);
	pkt->l2 = pkt->off;
	neigh_send(&t.table, addr, pkt, t.now);
}

static void test_pages_of_waiting_chains_are_counted(void **state)
{
	send_pages_to(host(1), 3);
	send_pages_to(host(2), NEIGH_QUEUED_MAX - 3);
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 0);
	send_pages_to(host(3), 1); // has none to give up
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 1);
	send_pages_to(host(1), 3); // takes the place of its own
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 2);
	send_pages_to(host(1), 4); // gives up its own for nothing
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 4);
	send_pages_to(host(3), 3);
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 4);
	neigh_seen(&t.table, host(2), mac_a, t.now);
	assert_int_equal(t.out.len, 1);
	assert_int_equal(t.out.pkt[0]->more, 1);
}

static void test_who_does_not_answer_is_given_up(void **state)
{
	send_to(host(1), 'x');
	advance(2900 * MS_US);
	assert_int_equal(t.asked_all, NEIGH_SOLICITS);
	assert_int_equal(state_of(host(1)), NEIGH_INCOMPLETE);
	advance(200 * MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_NONE);
	assert_int_equal(t.asked_all, NEIGH_SOLICITS);
	assert_int_equal(harness_drops(DROP_NEIGH_UNREACHABLE), 1);
}

static void test_changes_of_state_are_traced(void **state)
{
	static const struct {
		enum trace_event event;
		uint8_t from, to;
		uint32_t end;
	} want[] = {{TRACE_NEIGH, NEIGH_NONE, NEIGH_INCOMPLETE, 0x0a000001},
	            {TRACE_NEIGH, NEIGH_INCOMPLETE, NEIGH_REACHABLE, 0x0a000001},
	            {TRACE_NEIGH, NEIGH_REACHABLE, NEIGH_NONE, 0x0a000001},
	            {TRACE_NEIGH, NEIGH_NONE, NEIGH_STALE, 0x0a000002},
	            {TRACE_NEIGH, NEIGH_STALE, NEIGH_DELAY, 0x0a000002},
	            {TRACE_NEIGH, NEIGH_DELAY, NEIGH_NONE, 0x0a000002},
	            {TRACE_NEIGH6, NEIGH_NONE, NEIGH_STALE, 0x000a0001}};
	const uint8_t ipv6[16] = {0xfe, 0x80, [13] = 0xa, [15] = 1};
	struct trace_ring *ring = aligned_alloc(CACHE_LINE_BYTES, sizeof(*ring) + 16 * 8);
	uint64_t records[16];

	memset(ring, 0, sizeof(*ring));
	reopen(1, NULL);
	trace_init(&harness_metric.trace, ring, 16, t.now);
	send_to(host(1), 'x');
	send_to(host(1), 'y'); // changes nothing
	neigh_advertised(&t.table, host(1), &mac_a, true, true, t.now);
	neigh_seen(&t.table, host(2), mac_b, t.now); // evicts the other
	send_to(host(2), 'z');
	neigh_seen(&t.table, addr_from_bytes(ipv6), mac_a, t.now);
	assert_int_equal(trace_ring_read(ring, 16, records), 1 + ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(records[1 + i],
		                 trace_record(want[i].event,
		                              trace_neigh_states(want[i].from, want[i].to),
		                              want[i].end));
	harness_metric.trace = (struct trace){0};
	free(ring);
}

static void test_a_neighbour_in_use_is_probed_and_confirmed(void **state)
{
	neigh_seen(&t.table, host(1), mac_a, t.now);
	assert_int_equal(state_of(host(1)), NEIGH_STALE);
	advance(100 * SEC_US);
	assert_int_equal(t.asked_one, 0); // nobody uses it
	send_to(host(1), 'x');
	assert_int_equal(state_of(host(1)), NEIGH_DELAY);
	advance(NEIGH_DELAY_US + 200 * MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_PROBE);
	assert_int_equal(t.asked_one, 1);
	neigh_advertised(&t.table, host(1), NULL, true, false, t.now);
	assert_int_equal(state_of(host(1)), NEIGH_REACHABLE);
	advance(NEIGH_REACHABLE_US / 2 - 100 * MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_REACHABLE);
	advance(NEIGH_REACHABLE_US + 300 * MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_STALE);
	assert_int_equal(t.asked_one, 1);
}

static void test_a_neighbour_that_went_away_is_forgotten(void **state)
{
	neigh_seen(&t.table, host(1), mac_a, t.now);
	send_to(host(1), 'x');
	advance(NEIGH_DELAY_US + NEIGH_SOLICITS * NEIGH_RETRANS_US + 300 * MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_NONE);
	assert_int_equal(t.asked_one, NEIGH_SOLICITS);
	send_to(host(1), 'y'); // and asked for again
	assert_int_equal(t.asked_all, 1);
}

static void test_a_new_hardware_address_is_used_at_once(void **state)
{
	neigh_seen(&t.table, host(1), mac_a, t.now);
	neigh_seen(&t.table, host(1), mac_b, t.now);
	send_to(host(1), 'x');
	assert_int_equal(mac_load(pkt_data(t.out.pkt[0])).bits, mac_b.bits);
}

static void test_advertisements_enter_nobody(void **state)
{
	neigh_advertised(&t.table, host(1), &mac_a, true, true, t.now);
	assert_int_equal(state_of(host(1)), NEIGH_NONE);
	send_to(host(1), 'x');
	neigh_advertised(&t.table, host(1), NULL, true, true, t.now);
	assert_int_equal(state_of(host(1)), NEIGH_INCOMPLETE);
}

static void test_a_full_table_evicts_who_is_not_used(void **state)
{
	for (unsigned n = 0; n < 4; n++)
		neigh_seen(&t.table, host(n), mac_a, t.now);
	neigh_seen(&t.table, host(4), mac_a, t.now); // all marks are gone now
	send_to(host(3), 'x');
	for (unsigned n = 5; n < 8; n++) {
		neigh_seen(&t.table, host(n), mac_a, t.now);
		assert_int_equal(state_of(host(n)), NEIGH_STALE);
		send_to(host(3), 'x');
	}
	assert_int_not_equal(state_of(host(3)), NEIGH_NONE);
	assert_int_equal(state_of(host(1)), NEIGH_NONE);
}

static void test_what_waits_for_the_evicted_is_dropped_by_name(void **state)
{
	send_to(host(1), 'x');
	for (unsigned n = 2; n < 7; n++)
		neigh_seen(&t.table, host(n), mac_a, t.now);
	assert_int_equal(harness_drops(DROP_NEIGH_EVICTED), 1);
	assert_int_equal(state_of(host(1)), NEIGH_NONE);
}

static void test_a_flood_of_unknown_neighbours_is_limited(void **state)
{
	for (unsigned n = 0; n < 200; n++)
		send_to(host(n), 'x');
	assert_int_equal(t.asked_all, NEIGH_SOLICITS_PER_S / 4);
	assert_int_equal(harness_drops(DROP_NEIGH_RATE), 200 - NEIGH_SOLICITS_PER_S / 4);
}

// An answer that goes back to where its request came from.
static void answer_to(struct addr addr, struct mac source)
{
	uint8_t bytes[15] = {[11] = US};
	struct pkt *pkt = harness_pkt(bytes, sizeof(bytes));

	mac_store(pkt_data(pkt), source);
	pkt->l2 = pkt->off;
	neigh_send(&t.table, addr, pkt, t.now);
}

static void test_answers_do_not_wait_and_nothing_is_learnt_from_them(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		answer_to(host(1), mac_b);
	assert_int_equal(t.out.len, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(mac_load(pkt_data(t.out.pkt[i])).bits, mac_b.bits);
	assert_int_equal(state_of(host(1)), NEIGH_INCOMPLETE);
	assert_int_equal(t.asked_all, 1);
	send_to(host(1), 'x'); // of our own: waits
	assert_int_equal(t.out.len, 10);
	neigh_advertised(&t.table, host(1), &mac_a, true, true, t.now);
	answer_to(host(1), mac_b); // the neighbour's own word counts
	assert_int_equal(t.out.len, 12);
	for (unsigned i = 10; i < 12; i++)
		assert_int_equal(mac_load(pkt_data(t.out.pkt[i])).bits, mac_a.bits);
}

static void test_answers_to_a_flood_of_strangers_leave_without_being_queued(void **state)
{
	for (unsigned n = 0; n < 60; n++)
		answer_to(host(n % 30), mac_b);
	for (unsigned n = 0; n < 200; n++) {
		answer_to(host(100 + n), mac_b);
		while (t.out.len)
			pkt_put(t.out.pkt[--t.out.len]);
	}
	assert_int_equal(harness_drops(DROP_NEIGH_RATE), 0);
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 0);
	assert_int_equal(t.asked_all, NEIGH_SOLICITS_PER_S / 4);
}

static void test_an_answer_to_our_own_hardware_address_waits(void **state)
{
	answer_to(host(1), mac_load((const uint8_t[6]){[5] = US}));
	answer_to(host(1), (struct mac){0x01});
	assert_int_equal(t.out.len, 0);
	assert_int_equal(state_of(host(1)), NEIGH_INCOMPLETE);
}

static void test_an_answer_by_way_of_a_gateway_waits_for_it(void **state)
{
	by_gateway = true;
	answer_to(host(1), mac_b);
	assert_int_equal(t.out.len, 0);
	neigh_advertised(&t.table, host(1), &mac_a, true, true, t.now);
	assert_int_equal(t.out.len, 1);
	assert_int_equal(mac_load(pkt_data(t.out.pkt[0])).bits, mac_a.bits);
}

static void test_a_pinned_neighbour_is_what_the_configuration_says(void **state)
{
	neigh_pin(&t.table, host(1), mac_a);
	neigh_seen(&t.table, host(1), mac_b, t.now);
	neigh_advertised(&t.table, host(1), &mac_b, true, true, t.now);
	advance(100 * SEC_US);
	neigh_doubt(&t.table, t.now);
	for (unsigned n = 2; n < 20; n++) // evicts all others
		neigh_seen(&t.table, host(n), mac_b, t.now);
	send_to(host(1), 'x');
	assert_int_equal(t.out.len, 1);
	assert_int_equal(mac_load(pkt_data(t.out.pkt[0])).bits, mac_a.bits);
	advance(100 * SEC_US);
	assert_int_equal(t.asked_all + t.asked_one, 0);
}

static struct neigh_board board;

static void note(struct addr addr, struct mac mac, bool solicited)
{
	neigh_board_write(&board, &(struct neigh_note){addr, mac, solicited, t.now});
}

static void open_shared(void)
{
	neigh_board_init(&board, 1, host(1), (struct addr){0});
	reopen(4, &board);
}

static void test_what_another_worker_hears_ends_the_wait(void **state)
{
	open_shared();
	send_to(host(2), 'x');
	advance(10 * MS_US);
	note(host(2), mac_a, true); // the answer came to the other's queue
	send_to(host(2), 'y');
	assert_int_equal(t.out.len, 2);
	assert_int_equal(state_of(host(2)), NEIGH_REACHABLE);
	send_to(host(1), 'z');
	note(host(1), mac_b, true);
	advance(SEC_US + MS_US); // nothing more is sent: the timeout looks
	assert_int_equal(t.out.len, 3);
	assert_int_equal(t.asked_all, 2);
}

static void test_a_neighbour_that_another_worker_knows_needs_no_solicitation(void **state)
{
	open_shared();
	note(host(2), mac_a, false);
	send_to(host(2), 'x');
	assert_int_equal(t.out.len, 1);
	assert_int_equal(t.asked_all, 0);
	assert_int_equal(state_of(host(2)), NEIGH_DELAY); // until it is confirmed
	note(host(3), mac_a, false);
	advance(NEIGH_REACHABLE_US + MS_US); // too old
	send_to(host(3), 'x');
	assert_int_equal(state_of(host(3)), NEIGH_INCOMPLETE);
}

static void test_an_old_note_confirms_nothing(void **state)
{
	open_shared();
	send_to(host(2), 'x');
	neigh_advertised(&t.table, host(2), &mac_a, true, true, t.now); // noted, too
	advance(2 * NEIGH_REACHABLE_US);
	assert_int_equal(state_of(host(2)), NEIGH_STALE);
	send_to(host(2), 'x');
	advance(NEIGH_DELAY_US + NEIGH_SOLICITS * NEIGH_RETRANS_US + 300 * MS_US);
	assert_int_equal(state_of(host(2)), NEIGH_NONE);
	assert_int_equal(t.asked_one, NEIGH_SOLICITS);
}

static void test_a_gateway_that_moved_is_followed_by_all_workers(void **state)
{
	open_shared();
	note(host(1), mac_a, true);
	send_to(host(1), 'x');
	note(host(1), mac_a, true);
	advance(NEIGH_DELAY_US + MS_US);
	assert_int_equal(state_of(host(1)), NEIGH_REACHABLE);
	advance(SEC_US);
	note(host(1), mac_b, false);
	for (unsigned n = 100; n < 5000; n++) // no flood of notes overwrites a gateway's
		note(host(n), mac_a, true);
	advance(2 * NEIGH_REACHABLE_US);
	send_to(host(1), 'y');
	assert_int_equal(mac_load(pkt_data(t.out.pkt[t.out.len - 1])).bits, mac_b.bits);
}

static void test_notes_are_about_one_address(void **state)
{
	struct neigh_note read;

	open_shared();
	assert_false(neigh_board_read(&board, host(9), &read));
	for (unsigned n = 0; n < 4 * NEIGH_BOARD_SLOTS; n++) {
		note(host(n), (struct mac){2 * n}, n % 2);
		assert_true(neigh_board_read(&board, host(n), &read));
		assert_int_equal(read.mac.bits, 2 * n);
		assert_int_equal(read.solicited, n % 2);
	}
}

static void test_chains_survive_any_order(void **state)
{
	struct rand rand;

	reopen(64, NULL);
	rand_init(&rand, 3);
	for (unsigned i = 0; i < 5000; i++) {
		unsigned n = (unsigned)rand_below(&rand, 200);
		struct mac mac = {(n + 1) * 2};

		neigh_seen(&t.table, host(n), mac, t.now);
		assert_int_equal(neigh_find(&t.table, host(n))->mac.bits, mac.bits);
		if (i % 10 == 0)
			advance(SEC_US);
	}
}

#define NEIGH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_state_and_event_is_as_the_rfc_says),
	        NEIGH_TEST(test_packets_wait_until_the_neighbour_is_known),
	        NEIGH_TEST(test_the_oldest_of_too_many_waiting_is_dropped),
	        NEIGH_TEST(test_a_table_keeps_no_more_than_its_share_of_pages),
	        NEIGH_TEST(test_pages_of_waiting_chains_are_counted),
	        NEIGH_TEST(test_who_does_not_answer_is_given_up),
	        NEIGH_TEST(test_changes_of_state_are_traced),
	        NEIGH_TEST(test_a_neighbour_in_use_is_probed_and_confirmed),
	        NEIGH_TEST(test_a_neighbour_that_went_away_is_forgotten),
	        NEIGH_TEST(test_a_new_hardware_address_is_used_at_once),
	        NEIGH_TEST(test_advertisements_enter_nobody),
	        NEIGH_TEST(test_a_full_table_evicts_who_is_not_used),
	        NEIGH_TEST(test_what_waits_for_the_evicted_is_dropped_by_name),
	        NEIGH_TEST(test_a_flood_of_unknown_neighbours_is_limited),
	        NEIGH_TEST(test_answers_do_not_wait_and_nothing_is_learnt_from_them),
	        NEIGH_TEST(test_answers_to_a_flood_of_strangers_leave_without_being_queued),
	        NEIGH_TEST(test_an_answer_to_our_own_hardware_address_waits),
	        NEIGH_TEST(test_an_answer_by_way_of_a_gateway_waits_for_it),
	        NEIGH_TEST(test_a_pinned_neighbour_is_what_the_configuration_says),
	        NEIGH_TEST(test_what_another_worker_hears_ends_the_wait),
	        NEIGH_TEST(test_a_neighbour_that_another_worker_knows_needs_no_solicitation),
	        NEIGH_TEST(test_an_old_note_confirms_nothing),
	        NEIGH_TEST(test_a_gateway_that_moved_is_followed_by_all_workers),
	        NEIGH_TEST(test_notes_are_about_one_address),
	        NEIGH_TEST(test_chains_survive_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
