// sdn_frame: what is read of frames of hosts, and each way in which one is refused.
#include "frames.h"

static enum sdn_frame_fault decode(struct sdn_frame *frame, const struct frames_bytes *bytes)
{
	return sdn_frame_decode(frame, bytes->bytes, bytes->len);
}

static void assert_fault(const char *name, const struct frames_bytes *bytes)
{
	struct sdn_frame frame;

	assert_string_equal(sdn_frame_fault_name(decode(&frame, bytes)), name);
	assert_true(strlen(sdn_frame_fault_help(decode(&frame, bytes))) > 10);
}

static void assert_claims(const struct sdn_frame *frame, uint8_t owner, const char *addr)
{
	assert_int_equal(frame->owner.bits, frames_mac(owner).bits);
	assert_true(addr_eq(frame->claim, frames_addr(addr)));
}

static void test_arp_claims_its_sender(void **state)
{
	struct frames_arp arp = frames_arp_of(1, "10.0.0.1", "10.0.0.2");
	struct frames_bytes bytes;
	struct sdn_frame frame;

	frames_arp(&bytes, &arp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_ARP_REQUEST);
	assert_claims(&frame, 1, "10.0.0.1");
	assert_true(addr_eq(frame.target, frames_addr("10.0.0.2")));
	assert_int_equal(frame.vid, 0);
	assert_false(frame.tagged);

	arp.oper = 2;
	arp.vid = 0x6005;
	frames_arp(&bytes, &arp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_ARP_REPLY);
	assert_int_equal(frame.vid, 5);
	assert_int_equal(frame.tci, 0x6005);
	assert_claims(&frame, 1, "10.0.0.1");
}

static void test_arp_probe_claims_nothing(void **state)
{
	struct frames_arp arp = frames_arp_of(1, "0.0.0.0", "10.0.0.2");
	struct frames_bytes bytes;
	struct sdn_frame frame;

	frames_arp(&bytes, &arp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_true(addr_is_any(frame.claim));
	assert_true(addr_is_any(frame.asker));
}

static void test_arp_refused(void **state)
{
	static const struct {
		const char *fault, *spa, *tpa;
	} cases[] = {
	        {"frame.arp_address", "224.0.0.1", "10.0.0.2"},
	        {"frame.arp_address", "255.255.255.255", "10.0.0.2"},
	        {"frame.arp_address", "127.0.0.1", "10.0.0.2"},
	        {"frame.arp_address", "10.0.0.1", "0.0.0.0"},
	        {"frame.arp_address", "10.0.0.1", "239.1.1.1"},
	        {"none", "10.0.0.1", "10.0.0.1"},
	};
	struct frames_bytes bytes;
	struct frames_arp arp;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		arp = frames_arp_of(1, cases[i].spa, cases[i].tpa);
		frames_arp(&bytes, &arp);
		assert_fault(cases[i].fault, &bytes);
	}
	arp = frames_arp_of(1, "10.0.0.1", "10.0.0.2");
	arp.sha = frames_mac(2);
	frames_arp(&bytes, &arp);
	assert_fault("frame.arp_mac", &bytes);
	arp = frames_arp_of(1, "10.0.0.1", "10.0.0.2");
	arp.oper = 3; // RARP
	frames_arp(&bytes, &arp);
	assert_fault("frame.arp_format", &bytes);
	arp.oper = 1;
	frames_arp(&bytes, &arp);
	bytes.bytes[17] = 1; // another protocol
	assert_fault("frame.arp_format", &bytes);
	frames_arp(&bytes, &arp);
	bytes.len--;
	assert_fault("frame.short", &bytes);
}

static void test_source_refused(void **state)
{
	struct frames_arp arp = frames_arp_of(1, "10.0.0.1", "10.0.0.2");
	struct frames_bytes bytes;

	arp.src = arp.sha = MAC_BROADCAST;
	frames_arp(&bytes, &arp);
	assert_fault("frame.source", &bytes);
	arp.src = arp.sha = (struct mac){0};
	frames_arp(&bytes, &arp);
	assert_fault("frame.source", &bytes);
	for (bytes.len = 0; bytes.len < 14; bytes.len++)
		assert_fault("frame.short", &bytes);
}

static void test_solicitation_claims_its_source(void **state)
{
	struct frames_ndp ndp = frames_solicit_of(1, "fd00::1", "fd00::2");
	struct frames_bytes bytes;
	struct sdn_frame frame;

	frames_ndp(&bytes, &ndp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_SOLICITATION);
	assert_claims(&frame, 1, "fd00::1");
	assert_true(addr_eq(frame.target, frames_addr("fd00::2")));
	assert_true(addr_eq(frame.asker, frames_addr("fd00::1")));

	ndp.option.bits = 0; // says nothing of its link-layer address
	frames_ndp(&bytes, &ndp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_true(addr_is_any(frame.claim));

	ndp.from = frames_addr("::"); // duplicate address detection
	frames_ndp(&bytes, &ndp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_true(addr_is_any(frame.asker));
}

static void test_advertisement_claims_its_target(void **state)
{
	struct frames_ndp ndp = frames_advert_of(1, "fd00::1", 0xa0000000);
	struct frames_bytes bytes;
	struct sdn_frame frame;

	frames_ndp(&bytes, &ndp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_ADVERTISEMENT);
	assert_claims(&frame, 1, "fd00::1");
	assert_true(frame.router);
	ndp.flags = 0x20000000;
	frames_ndp(&bytes, &ndp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_false(frame.router);
}

static void test_neighbour_discovery_refused(void **state)
{
	const struct frames_ndp sound = frames_solicit_of(1, "fd00::1", "fd00::2");
	struct frames_bytes bytes;
	struct frames_ndp ndp;

#define REFUSED(fault, change)                                                                     \
	do {                                                                                       \
		ndp = sound;                                                                       \
		ndp.change;                                                                        \
		frames_ndp(&bytes, &ndp);                                                          \
		assert_fault(fault, &bytes);                                                       \
	} while (0)

	REFUSED("frame.ndp_hop_limit", hop_limit = 64);
	REFUSED("frame.ndp_code", code = 1);
	REFUSED("frame.ndp_cksum", cksum_wrong = 0x0100);
	REFUSED("frame.ndp_target", target = frames_addr("ff02::1"));
	REFUSED("frame.ndp_target", target = frames_addr("::"));
	REFUSED("frame.ndp_target", target = frames_addr("::1"));
	REFUSED("frame.ndp_source", from = frames_addr("ff02::1"));
	REFUSED("frame.ndp_source", from = frames_addr("::")); // with an option
	REFUSED("frame.ndp_source", from = frames_addr("::1"));
	REFUSED("frame.ndp_mac", option = frames_mac(2));
	REFUSED("frame.ndp_option", option_len = 0);
	REFUSED("frame.ndp_option", option_len = 2);
	REFUSED("frame.ndp_mac", src = frames_mac(3));
	REFUSED("none", vid = 7);
#undef REFUSED

	ndp = frames_advert_of(1, "fd00::1", 0);
	ndp.from = frames_addr("::");
	frames_ndp(&bytes, &ndp);
	assert_fault("frame.ndp_source", &bytes);
	frames_ndp(&bytes, &sound);
	bytes.len--; // the switch sent less than IPv6 says there is
	assert_fault("frame.ip_length", &bytes);
	bytes.len = 14 + 39;
	assert_fault("frame.short", &bytes);
}

static void test_dhcp_claims(void **state)
{
	struct frames_dhcp dhcp = frames_dhcp_of(1, false, 5, "10.0.0.7");
	struct frames_bytes bytes;
	struct sdn_frame frame;

	frames_dhcp(&bytes, &dhcp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_DHCP_ACK);
	assert_claims(&frame, 1, "10.0.0.7");
	assert_int_equal(frame.src.bits, frames_mac(0xfe).bits);

	dhcp.message = 2; // an offer is not yet granted
	frames_dhcp(&bytes, &dhcp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_OTHER);
	assert_true(addr_is_any(frame.claim));

	dhcp = frames_dhcp_of(1, true, 3, "0.0.0.0");
	dhcp.ciaddr = frames_addr("10.0.0.8"); // renews
	frames_dhcp(&bytes, &dhcp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_DHCP_CLIENT);
	assert_claims(&frame, 1, "10.0.0.8");

	dhcp.giaddr = frames_addr("10.0.0.1"); // through a relay: the client is elsewhere
	dhcp.src = frames_mac(9);
	frames_dhcp(&bytes, &dhcp);
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_true(addr_is_any(frame.claim));
}

// An option that says to be longer than what is left ends the search.
static void test_dhcp_options_that_do_not_end(void **state)
{
	const struct frames_dhcp dhcp = frames_dhcp_of(1, false, 5, "10.0.0.7");

	for (unsigned len = 0; len < 256; len++) {
		struct frames_bytes bytes;
		struct sdn_frame frame;

		frames_dhcp(&bytes, &dhcp);
		bytes.bytes[bytes.len - 4] = 12; // of another kind
		bytes.bytes[bytes.len - 3] = (uint8_t)len;
		bytes.bytes[bytes.len - 1] = 0;
		assert_int_equal(sdn_frame_decode(&frame, bytes.bytes, bytes.len), SDN_FRAME_SOUND);
		assert_int_equal(frame.kind, SDN_FRAME_OTHER);
	}
}

static void test_dhcp_refused(void **state)
{
	const struct frames_dhcp sound = frames_dhcp_of(1, true, 3, "0.0.0.0");
	struct frames_dhcp dhcp = sound;
	struct frames_bytes bytes;

	dhcp.chaddr = frames_mac(2);
	frames_dhcp(&bytes, &dhcp);
	assert_fault("frame.dhcp_mac", &bytes);
	dhcp = sound;
	dhcp.chaddr = MAC_BROADCAST;
	frames_dhcp(&bytes, &dhcp);
	assert_fault("frame.dhcp_format", &bytes);
	dhcp = sound;
	dhcp.magic = 1;
	frames_dhcp(&bytes, &dhcp);
	assert_fault("frame.dhcp_format", &bytes);
	dhcp = sound;
	dhcp.udp_len_wrong = 1;
	frames_dhcp(&bytes, &dhcp);
	assert_fault("frame.ip_length", &bytes);
	frames_dhcp(&bytes, &sound);
	bytes.bytes[14] = 0x44; // a header of 16 bytes
	assert_fault("frame.ip_length", &bytes);
	frames_dhcp(&bytes, &sound);
	bytes.bytes[14 + 3] = 20 + 8 + 239 - 256; // its packet ends in the magic number
	bytes.bytes[14 + 20 + 5] = 8 + 239;
	assert_fault("frame.dhcp_format", &bytes);
	bytes.len = 14 + 20 + 7;
	assert_fault("frame.short", &bytes);
}

// Switches may send no more than the first 128 bytes.
static void test_dhcp_that_was_cut_claims_nothing(void **state)
{
	struct frames_dhcp dhcp = frames_dhcp_of(1, true, 3, "0.0.0.0");
	struct frames_bytes bytes;
	struct sdn_frame frame;

	dhcp.ciaddr = frames_addr("10.0.0.8");
	frames_dhcp(&bytes, &dhcp);
	bytes.len = 128;
	assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
	assert_int_equal(frame.kind, SDN_FRAME_OTHER);
	assert_true(addr_is_any(frame.claim));
}

// What is no business of the controller's is not looked at, however it is.
static void test_other_frames_pass(void **state)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x88b5, 0x8100, 0x0026};
	struct frames_bytes bytes;
	struct sdn_frame frame;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct fill out = frames_eth(&bytes, frames_mac(2), frames_mac(1), 3, types[i]);

		for (unsigned k = 0; k < 48; k++)
			fill_u8(&out, 0xff);
		frames_end(&bytes, &out);
		assert_int_equal(decode(&frame, &bytes), SDN_FRAME_SOUND);
		assert_int_equal(frame.kind, SDN_FRAME_OTHER);
		assert_int_equal(frame.type, types[i]);
		assert_true(addr_is_any(frame.claim));
	}
}

// RFC 1071 in another way: the sum over all words as one number, modulo 65535.
static void test_cksum_of_odd_length(void **state)
{
	struct addr src = frames_addr("fd00::1"), dst = frames_addr("fd00::2");
	uint8_t message[7] = {135, 0, 0, 0, 1, 2, 0xfe};
	uint32_t sum = 2 * 0xfd00 + 1 + 2 + 58 + 7 + 0x8700 + 0x0102 + 0xfe00;

	assert_int_equal(sdn_frame_cksum(src, dst, message, sizeof(message)),
	                 0xffff - sum % 0xffff);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_arp_claims_its_sender),
	        cmocka_unit_test(test_arp_probe_claims_nothing),
	        cmocka_unit_test(test_arp_refused),
	        cmocka_unit_test(test_source_refused),
	        cmocka_unit_test(test_solicitation_claims_its_source),
	        cmocka_unit_test(test_advertisement_claims_its_target),
	        cmocka_unit_test(test_neighbour_discovery_refused),
	        cmocka_unit_test(test_dhcp_claims),
	        cmocka_unit_test(test_dhcp_options_that_do_not_end),
	        cmocka_unit_test(test_dhcp_refused),
	        cmocka_unit_test(test_dhcp_that_was_cut_claims_nothing),
	        cmocka_unit_test(test_other_frames_pass),
	        cmocka_unit_test(test_cksum_of_odd_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
