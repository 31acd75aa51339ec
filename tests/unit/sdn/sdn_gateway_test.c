// sdn_gateway: answers to requests for a router's addresses, echo replies whose checksums are
// right, and questions that sdn_frame reads as such.
#include "frames.h"

#include "proto/sdn/sdn_gateway.h"

static const struct mac router = {UINT64_C(0x01000000000e)}; // 0e:00:00:00:00:01

static struct sdn_frame decoded(const struct frames_bytes *frame)
{
	struct sdn_frame of;

	assert_int_equal(sdn_frame_decode(&of, frame->bytes, frame->len), SDN_FRAME_SOUND);
	return of;
}

static struct sdn_frame filled(struct frames_bytes *frame, struct fill *out)
{
	frames_end(frame, out);
	return decoded(frame);
}

static void arp_is_answered_with_the_tag(void **state)
{
	struct frames_arp arp = frames_arp_of(1, "10.0.0.5", "10.0.0.1");
	struct frames_bytes in, answer;
	struct fill out = fill_of(answer.bytes, sizeof(answer.bytes));
	struct sdn_frame frame;

	(void)state;
	arp.vid = 7;
	frames_arp(&in, &arp);
	frame = decoded(&in);
	sdn_gateway_answer(&out, &frame, router);
	frame = filled(&answer, &out);
	assert_int_equal(frame.kind, SDN_FRAME_ARP_REPLY);
	assert_int_equal(frame.vid, 7);
	assert_true(mac_eq(frame.src, router));
	assert_true(mac_eq(frame.dst, frames_mac(1)));
	assert_true(addr_eq(frame.claim, frames_addr("10.0.0.1")));
}

static void solicitations_are_answered_by_a_router(void **state)
{
	struct frames_ndp ndp = frames_solicit_of(1, "fd00::5", "fd00::1");
	struct frames_bytes in, answer;
	struct fill out = fill_of(answer.bytes, sizeof(answer.bytes));
	struct sdn_frame frame;

	(void)state;
	frames_ndp(&in, &ndp);
	frame = decoded(&in);
	sdn_gateway_answer(&out, &frame, router);
	frame = filled(&answer, &out);
	assert_int_equal(frame.kind, SDN_FRAME_ADVERTISEMENT);
	assert_true(frame.router);
	assert_true(addr_eq(frame.claim, frames_addr("fd00::1")));

	ndp.from = frames_addr("::"); // a host that is about to take it
	ndp.option = (struct mac){0};
	frames_ndp(&in, &ndp);
	frame = decoded(&in);
	out = fill_of(answer.bytes, sizeof(answer.bytes));
	sdn_gateway_answer(&out, &frame, router);
	assert_int_equal(fill_len(&out), 0);
}

static uint16_t sum_of(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

// An echo request of 8 + data bytes to 10.0.0.1, or fd00::1, whose checksums are right.
static void echo_request(struct frames_bytes *frame, bool ipv6, unsigned data)
{
	struct fill out = frames_eth(frame, router, frames_mac(1), 0, ipv6 ? 0x86dd : 0x0800);
	size_t head = fill_len(&out), icmp;
	uint16_t sum;

	if (ipv6) {
		fill_u32(&out, UINT32_C(6) << 28);
		fill_u32(&out, (8 + data) << 16 | 58 << 8 | 64);
	} else {
		fill_u32(&out, 0x45000000u | (28 + data));
		fill_u32(&out, 0x12340000);
		fill_u32(&out, 3 << 24 | 1 << 16);
	}
	frames_addr_put(&out, frames_addr(ipv6 ? "fd00::5" : "10.0.0.5"));
	frames_addr_put(&out, frames_addr(ipv6 ? "fd00::1" : "10.0.0.1"));
	icmp = fill_len(&out);
	fill_u32(&out, ipv6 ? 0x80000000u : 0x08000000u);
	fill_u32(&out, 0xabcd0001);
	for (unsigned i = 0; i < data; i++)
		fill_u8(&out, (uint8_t)(i * 37));
	frames_end(frame, &out);
	sum = ipv6 ? sdn_frame_cksum(frames_addr("fd00::5"), frames_addr("fd00::1"),
	                             frame->bytes + icmp, 8 + data)
	           : (uint16_t)~sum_of(frame->bytes + icmp, 8 + data, 0);
	frame->bytes[icmp + 2] = (uint8_t)(sum >> 8);
	frame->bytes[icmp + 3] = (uint8_t)sum;
	if (ipv6)
		return;
	sum = (uint16_t)~sum_of(frame->bytes + head, 20, 0);
	frame->bytes[head + 10] = (uint8_t)(sum >> 8);
	frame->bytes[head + 11] = (uint8_t)sum;
}

static void echo_is_answered(void **state)
{
	(void)state;
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		for (unsigned data = 0; data < 60; data += 7) {
			struct frames_bytes in, answer;
			struct fill out = fill_of(answer.bytes, sizeof(answer.bytes));
			struct sdn_frame frame;
			struct addr src, dst;

			echo_request(&in, ipv6, data);
			frame = decoded(&in);
			assert_true(sdn_gateway_echo(&out, &frame));
			frame = filled(&answer, &out);
			assert_int_equal(answer.len, in.len);
			assert_true(mac_eq(frame.src, router));
			assert_true(mac_eq(frame.dst, frames_mac(1)));
			assert_true(sdn_gateway_addresses(&frame, &src, &dst));
			assert_true(addr_eq(dst, frames_addr(ipv6 ? "fd00::5" : "10.0.0.5")));
			if (ipv6) {
				assert_int_equal(answer.bytes[14 + 40], 129);
				assert_int_equal(
				        sdn_frame_cksum(src, dst, answer.bytes + 54, 8 + data), 0);
			} else {
				assert_int_equal(answer.bytes[14 + 20], 0);
				assert_int_equal(sum_of(answer.bytes + 14, 20, 0), 0xffff);
				assert_int_equal(sum_of(answer.bytes + 34, 8 + data, 0), 0xffff);
			}
		}
	}
}

// Each of these bytes, changed so, makes of it no request that is answered.
static void other_packets_are_not_echoed(void **state)
{
	static const struct {
		uint8_t at, value;
		bool ipv6;
	} cases[] = {{14, 0x46, false},   {14 + 9, 17, false},   {14 + 6, 0x20, false},
	             {14 + 20, 0, false}, {14 + 2, 0xff, false}, {14 + 3, 20, false},
	             {14 + 6, 17, true},  {14 + 40, 129, true},  {14 + 4, 0xff, true},
	             {14 + 5, 7, true},   {14, 0x40, true}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct frames_bytes in, answer;
		struct fill out = fill_of(answer.bytes, sizeof(answer.bytes));
		struct sdn_frame frame;

		echo_request(&in, cases[i].ipv6, 8);
		in.bytes[cases[i].at] = cases[i].value;
		if (sdn_frame_decode(&frame, in.bytes, in.len))
			continue;
		assert_false(sdn_gateway_echo(&out, &frame));
	}
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frames_bytes in;

		echo_request(&in, ipv6, 8);
		for (size_t len = 14; len < in.len; len++) {
			uint8_t room[600];
			struct fill out = fill_of(room, sizeof(room));
			struct sdn_frame frame;

			if (sdn_frame_decode(&frame, in.bytes, len) == SDN_FRAME_SOUND)
				assert_false(sdn_gateway_echo(&out, &frame));
		}
	}
}

static void questions_are_those_of_a_host(void **state)
{
	(void)state;
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frames_bytes question;
		struct fill out = fill_of(question.bytes, sizeof(question.bytes));
		struct addr from = frames_addr(ipv6 ? "fd00::1" : "10.0.0.1");
		struct addr target = frames_addr(ipv6 ? "fd00::12:3456" : "10.0.0.9");
		struct sdn_frame frame;

		sdn_gateway_ask(&out, router, from, target, ipv6 ? 0 : 9);
		assert_in_range(fill_len(&out), 60, SDN_GATEWAY_BYTES);
		frame = filled(&question, &out);
		assert_int_equal(frame.kind, ipv6 ? SDN_FRAME_SOLICITATION : SDN_FRAME_ARP_REQUEST);
		assert_int_equal(frame.vid, ipv6 ? 0 : 9);
		assert_true(mac_is_group(frame.dst));
		assert_true(addr_eq(frame.target, target));
		assert_true(addr_eq(frame.asker, from));
		assert_true(mac_eq(frame.src, router));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(arp_is_answered_with_the_tag),
	        cmocka_unit_test(solicitations_are_answered_by_a_router),
	        cmocka_unit_test(echo_is_answered),
	        cmocka_unit_test(other_packets_are_not_echoed),
	        cmocka_unit_test(questions_are_those_of_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
