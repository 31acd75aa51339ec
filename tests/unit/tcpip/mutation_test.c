// mutation: a seeded storm of damaged frames. Whatever comes in, pages are not
// lost, answers are whole and go to nobody who must not get them (lab_take
// judges that), and each packet is answered, kept or dropped by name.
#include "lab.h"

#include "core/rand.h"
#include "proto/tcpip/neigh.h"

#define ROUNDS 200000

static struct rand rnd;

static struct frame any_frame(void)
{
	switch (rand_below(&rnd, 12)) {
	case 0:
		return frame_arp(HOST, 1 + (unsigned)rand_below(&rnd, 2), "10.0.0.9", "10.0.0.2");
	case 1:
		return frame_ping("10.0.0.9", "10.0.0.2");
	case 2:
		return frame_ping("fd00::9", "fd00::2");
	case 3:
		return frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "mutate me");
	case 4:
		return frame_udp("fd00::9", "fd00::2", 4000, 7, "mutate me");
	case 5:
		return frame_udp("192.0.2.9", "10.0.0.2", 4000, 8, "closed");
	case 6:
		return frame_udp("2001:db8::9", "fd00::2", 4000, 8, "closed");
	case 7:
		return frame_ndp("fd00::9", "ff02::1:ff00:2", 135, 0, "fd00::2", HOST);
	case 8:
		return frame_ndp("fd00::9", "fd00::2", 136, 6, "fd00::9", HOST);
	case 9:
		return frame_ndp("::", "ff02::1:ff00:2", 135, 0, "fd00::2", 0);
	case 10:
		return frame_icmp("10.0.0.9", "10.0.0.2", 3, 3, "0000quoted", 10);
	default:
		return frame_ping("fe80::9", "ff02::1");
	}
}

// Extension headers of random kinds and lengths.
static void extend(struct frame *f)
{
	static const uint8_t kinds[] = {0, 43, 44, 60, 59, 58, 17};
	uint8_t ext[16];
	size_t len = rand_below(&rnd, 3) == 0 ? 16 : 8;

	for (size_t i = 0; i < sizeof(ext); i++)
		ext[i] = (uint8_t)rand_below(&rnd, 6);
	ext[0] = f->b[f->l3 + 6];
	ext[1] = (uint8_t)(len / 8 - 1);
	f->b[f->l3 + 6] = kinds[rand_below(&rnd, sizeof(kinds))];
	frame_insert(f, f->l3 + 40, ext, len);
}

static void add_options(struct frame *f)
{
	uint8_t options[8];

	for (size_t i = 0; i < sizeof(options); i++)
		options[i] = (uint8_t)rand_below(&rnd, 10);
	f->b[f->l3] = 0x47;
	frame_insert(f, f->l4, options, sizeof(options));
}

static void damage(struct frame *f)
{
	for (uint64_t n = rand_below(&rnd, 4); n > 0; n--)
		f->b[rand_below(&rnd, f->len)] ^= (uint8_t)(1 << rand_below(&rnd, 8));
	if (rand_below(&rnd, 8) == 0)
		f->len = rand_below(&rnd, f->len + 1);
	if (rand_below(&rnd, 16) == 0)
		put16(f->b + rand_below(&rnd, sizeof(f->b) / 32), (unsigned)rand_u64(&rnd));
}

// Mutates, and mostly completes the checksums, so that what is behind them is
// reached.
static struct frame mutated(void)
{
	struct frame f = any_frame();
	unsigned type = get16(f.b + 12);
	unsigned protocol = type == 0x0806 ? 0 : frame_protocol(&f);
	unsigned before = type == 0x0806 ? 0 : frame_version(&f);

	if (before == 6 && rand_below(&rnd, 4) == 0)
		extend(&f);
	if (before == 4 && rand_below(&rnd, 4) == 0)
		add_options(&f);
	damage(&f);
	if (before && f.len >= f.l4 + 8 && frame_version(&f) == before && rand_below(&rnd, 4))
		frame_fix(&f, protocol);
	if (rand_below(&rnd, 8) == 0)
		frame_to_group(&f);
	if (f.len >= 14 && rand_below(&rnd, 8) == 0)
		frame_tag(&f, (unsigned)rand_below(&rnd, 4) << 13);
	return f;
}

static uint64_t all_drops(void)
{
	uint64_t sum = 0;

	for (unsigned i = 1; i < DROP_COUNT; i++)
		sum += harness_drops((enum drop)i);
	return sum;
}

static void storm(void)
{
	uint64_t answers = 0, drops;

	rand_init(&rnd, 2026);
	lab_meet();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct frame f = mutated();

		if (f.len == 0)
			continue;
		drops = all_drops();
		lab_in(&f);
		answers += lab_waiting();
		while (lab_waiting())
			lab_take();
		lab_clear();
		assert_true(all_drops() - drops <= 1 + NEIGH_QUEUE_LEN + 1);
		if (rand_below(&rnd, 4) == 0)
			lab_advance(rand_below(&rnd, SEC_US));
		lab_clear();
	}
	assert_in_range(answers, ROUNDS / 8, ROUNDS);
}

// Each stage's drops are reached, or this tests less than it says.
static void test_a_storm_of_damaged_frames(void **state)
{
	static const enum stage stages[] = {STAGE_ETH,   STAGE_ARP,   STAGE_IPV4, STAGE_IPV6,
	                                    STAGE_ICMP4, STAGE_ICMP6, STAGE_UDP};

	storm();
	for (unsigned i = 0; i < ARRAY_LEN(stages); i++) {
		uint64_t sum = 0;

		for (unsigned d = 1; d < DROP_COUNT; d++)
			if (drop_stage((enum drop)d) == stages[i])
				sum += harness_drops((enum drop)d);
		assert_in_range(sum, 20, ROUNDS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_a_storm_of_damaged_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
