// sdn_proxy: what is answered, forwarded, flooded and dropped, and that the answers are those that
// the host itself would give: each is decoded again.
#include "frames.h"
#include "network.h"

#include "proto/sdn/sdn_proxy.h"

static struct network network;
static struct sdn_hosts hosts;
static uint32_t port[3];

// What was answered last.
static struct {
	uint8_t bytes[SDN_PROXY_REPLY_BYTES];
	size_t len;
	struct sdn_frame frame;
} reply;

static int setup(void **state)
{
	struct sdn_host_conf conf = sdn_host_defaults;

	network_open(&network);
	for (uint32_t i = 0; i < ARRAY_LEN(port); i++)
		port[i] = network_port_set(&network, 1, i + 1, true, true);
	conf.hosts_max = conf.addresses_max = 64;
	assert_int_equal(sdn_host_open(&hosts, &conf, network.topology), 0);
	return 0;
}

static int teardown(void **state)
{
	sdn_host_close(&hosts);
	sdn_topology_close(network.topology);
	return 0;
}

static const char *const verdicts[] = {
        [SDN_PROXY_ANSWER] = "answer",
        [SDN_PROXY_FORWARD] = "forward",
        [SDN_PROXY_FLOOD] = "flood",
        [SDN_PROXY_DROP] = "drop",
};

// The frame is learned from and then asked about, in VLAN 5.
static const char *input(const struct frames_bytes *bytes, uint32_t at)
{
	struct fill out = fill_of(reply.bytes, sizeof(reply.bytes));
	enum sdn_proxy_verdict verdict;
	struct sdn_frame frame;

	assert_int_equal(sdn_frame_decode(&frame, bytes->bytes, bytes->len), SDN_FRAME_SOUND);
	sdn_host_input(&hosts, &frame, 5, at, network.now);
	verdict = sdn_proxy_input(&hosts, &frame, 5, at, &out);
	reply.len = fill_len(&out);
	assert_false(out.bad);
	assert_int_equal(reply.len > 0, verdict == SDN_PROXY_ANSWER);
	if (reply.len)
		assert_int_equal(sdn_frame_decode(&reply.frame, reply.bytes, reply.len),
		                 SDN_FRAME_SOUND);
	return verdicts[verdict];
}

static const char *arp(const struct frames_arp *arp, uint32_t at)
{
	struct frames_bytes bytes;

	frames_arp(&bytes, arp);
	return input(&bytes, at);
}

static const char *arp_ask(uint8_t n, const char *spa, const char *tpa, uint32_t at)
{
	struct frames_arp ask = frames_arp_of(n, spa, tpa);

	return arp(&ask, at);
}

static const char *ndp(const struct frames_ndp *ndp, uint32_t at)
{
	struct frames_bytes bytes;

	frames_ndp(&bytes, ndp);
	return input(&bytes, at);
}

static void test_arp_answered_for_a_known_host(void **state)
{
	assert_string_equal(arp_ask(1, "10.0.0.1", "10.0.0.2", port[0]), "flood");
	assert_string_equal(arp_ask(2, "10.0.0.2", "10.0.0.1", port[1]), "answer");
	assert_true(reply.len >= 60);
	assert_int_equal(reply.frame.kind, SDN_FRAME_ARP_REPLY);
	assert_int_equal(reply.frame.dst.bits, frames_mac(2).bits);
	assert_int_equal(reply.frame.src.bits, frames_mac(1).bits);
	assert_true(addr_eq(reply.frame.claim, frames_addr("10.0.0.1")));
	assert_true(addr_eq(reply.frame.target, frames_addr("10.0.0.2")));
	assert_false(reply.frame.tagged);
}

static void test_answer_has_the_tag_of_the_request(void **state)
{
	struct frames_arp ask = frames_arp_of(2, "10.0.0.2", "10.0.0.1");

	arp_ask(1, "10.0.0.1", "10.0.0.2", port[0]);
	ask.vid = 0x2005;
	assert_string_equal(arp(&ask, port[1]), "answer");
	assert_int_equal(reply.frame.tci, 0x2005);
}

static void test_arp_that_is_not_answered(void **state)
{
	struct frames_arp ask = frames_arp_of(2, "10.0.0.2", "10.0.0.1");

	arp_ask(1, "10.0.0.1", "10.0.0.9", port[0]);
	// About to take the address, or announcing its own (RFC 5227): the owner has to hear it.
	assert_string_equal(arp_ask(2, "0.0.0.0", "10.0.0.1", port[1]), "flood");
	assert_string_equal(arp_ask(2, "10.0.0.2", "10.0.0.2", port[1]), "flood");
	// Both at one port.
	assert_string_equal(arp_ask(3, "10.0.0.3", "10.0.0.1", port[0]), "drop");
	// To the host itself, whether it is still there.
	ask.dst = frames_mac(1);
	assert_string_equal(arp(&ask, port[1]), "forward");
	ask.oper = 2;
	assert_string_equal(arp(&ask, port[1]), "forward");
	ask.dst = MAC_BROADCAST;
	assert_string_equal(arp(&ask, port[1]), "flood");
	// In another VLAN.
	ask.oper = 1;
	ask.vid = 0;
	struct frames_bytes bytes;
	struct sdn_frame frame;
	struct fill out = fill_of(reply.bytes, sizeof(reply.bytes));
	frames_arp(&bytes, &ask);
	assert_int_equal(sdn_frame_decode(&frame, bytes.bytes, bytes.len), SDN_FRAME_SOUND);
	assert_int_equal(sdn_proxy_input(&hosts, &frame, 6, port[1], &out), SDN_PROXY_FLOOD);
}

static void test_solicitation_answered_as_the_host_would(void **state)
{
	struct frames_ndp ask = frames_solicit_of(2, "fd00::2", "fd00::1");
	struct frames_ndp advert = frames_advert_of(1, "fd00::1", 0xa0000000);
	const uint8_t *message = reply.bytes + 14 + 40;

	assert_string_equal(ndp(&advert, port[0]), "flood");
	assert_string_equal(ndp(&ask, port[1]), "answer");
	assert_int_equal(reply.frame.kind, SDN_FRAME_ADVERTISEMENT); // so its checksum is right
	assert_int_equal(reply.frame.dst.bits, frames_mac(2).bits);
	assert_int_equal(reply.frame.src.bits, frames_mac(1).bits);
	assert_true(addr_eq(reply.frame.claim, frames_addr("fd00::1")));
	assert_int_equal(message[4], 0xc0); // router, solicited, no override
	assert_memory_equal(reply.bytes + 14 + 24,
	                    ((uint8_t[]){0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}), 16);
	advert.flags = 0x20000000; // a router no more
	ndp(&advert, port[0]);
	assert_string_equal(ndp(&ask, port[1]), "answer");
	assert_int_equal(message[4], 0x40);
}

static void test_solicitation_that_is_not_answered(void **state)
{
	struct frames_ndp ask = frames_solicit_of(2, "fd00::2", "fd00::1");
	struct frames_ndp other = frames_solicit_of(1, "fd00::1", "fd00::9");

	// Known by a solicitation of its own: whether it is a router is not.
	assert_string_equal(ndp(&other, port[0]), "flood");
	assert_string_equal(ndp(&ask, port[1]), "flood");
	other = frames_advert_of(1, "fd00::1", 0);
	ndp(&other, port[0]);
	assert_string_equal(ndp(&ask, port[1]), "answer");
	// Duplicate address detection is for the owner.
	ask.from = frames_addr("::");
	ask.option.bits = 0;
	assert_string_equal(ndp(&ask, port[1]), "flood");
	ask = frames_solicit_of(2, "fd00::2", "fd00::1");
	ask.dst = frames_mac(1);
	assert_string_equal(ndp(&ask, port[1]), "forward");
	// Another host has taken the address: what it is has to be advertised again.
	other = frames_solicit_of(3, "fd00::1", "fd00::9");
	ndp(&other, port[2]);
	ask = frames_solicit_of(2, "fd00::2", "fd00::1");
	assert_string_equal(ndp(&ask, port[1]), "flood");
}

static void test_answers_for_no_host_that_is_gone(void **state)
{
	arp_ask(1, "10.0.0.1", "10.0.0.2", port[0]);
	network_port_set(&network, 1, 1, false, true);
	assert_string_equal(arp_ask(2, "10.0.0.2", "10.0.0.1", port[1]), "flood");
}

static void test_other_frames(void **state)
{
	static const struct {
		uint8_t dst[6];
		const char *verdict;
	} cases[] = {
	        {{0x01, 0x80, 0xc2, 0, 0, 0x00}, "drop"},  {{0x01, 0x80, 0xc2, 0, 0, 0x0f}, "drop"},
	        {{0x01, 0x80, 0xc2, 0, 0, 0x10}, "flood"}, {{0x01, 0, 0x5e, 0, 0, 1}, "flood"},
	        {{2, 0, 0, 0, 0, 9}, "forward"},
	};
	struct frames_bytes bytes;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fill out =
		        frames_eth(&bytes, mac_load(cases[i].dst), frames_mac(1), 0, 0x88b5);

		frames_end(&bytes, &out);
		assert_string_equal(input(&bytes, port[0]), cases[i].verdict);
	}
	struct fill out = frames_eth(&bytes, MAC_BROADCAST, frames_mac(1), 0, SDN_FRAME_TYPE_LLDP);
	frames_end(&bytes, &out);
	assert_string_equal(input(&bytes, port[0]), "drop");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        TEST(test_arp_answered_for_a_known_host),
	        TEST(test_answer_has_the_tag_of_the_request),
	        TEST(test_arp_that_is_not_answered),
	        TEST(test_solicitation_answered_as_the_host_would),
	        TEST(test_solicitation_that_is_not_answered),
	        TEST(test_answers_for_no_host_that_is_gone),
	        TEST(test_other_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
