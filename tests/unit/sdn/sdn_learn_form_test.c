// Prepared messages are those of the encoder, for every version and any values.
#include "harness.h"

#include "core/rand.h"
#include "proto/sdn/sdn_learn_form.h"

#define ROUNDS 500

static const enum of_version versions[] = {OF10, OF13, OF14, OF15};
static const struct sdn_learn_flow_conf conf = {.owner = 0x77616469, .idle_s = 60, .hard_s = 150};

static uint32_t random_port(struct rand *rand, enum of_version version)
{
	if (rand_below(rand, 8) == 0)
		return OF_PORT_LOCAL;
	return 1 + (uint32_t)rand_below(rand, version == OF10 ? 0xfeff : OF_PORT_MAX);
}

static struct sdn_learn_flow random_flow(struct rand *rand, enum of_version version)
{
	struct sdn_learn_flow flow = {.in_port = random_port(rand, version),
	                              .out_port = random_port(rand, version)};
	uint64_t src = rand_u64(rand), dst = rand_u64(rand);

	memcpy(flow.src, &src, sizeof(flow.src));
	memcpy(flow.dst, &dst, sizeof(flow.dst));
	if (rand_below(rand, 2))
		flow.vlan_match = (uint16_t)(OXM_VLAN_PRESENT | rand_below(rand, 4096));
	return flow;
}

static void encoded(struct of_msg *msg, uint32_t xid, const struct fill *prepared)
{
	uint8_t bytes[2048];
	struct fill out = fill_of(bytes, sizeof(bytes));

	msg->xid = xid;
	assert_int_equal(of_encode(msg, &out), OF_FAULT_NONE);
	assert_int_equal(fill_len(&out), fill_len(prepared));
	assert_memory_equal(bytes, prepared->start, fill_len(prepared));
}

static void test_flows(void **state)
{
	struct sdn_learn_flow_scratch scratch;
	struct sdn_learn_forms forms;
	struct rand rand;

	rand_init(&rand, 1);
	for (unsigned i = 0; i < ARRAY_LEN(versions) * ROUNDS; i++) {
		enum of_version version = versions[i % ARRAY_LEN(versions)];
		struct sdn_learn_flow flow = random_flow(&rand, version);
		uint32_t xid = (uint32_t)rand_u64(&rand), buffer_id = (uint32_t)rand_u64(&rand);
		uint8_t bytes[256];
		struct fill out = fill_of(bytes, sizeof(bytes));
		struct of_msg msg;

		sdn_learn_form_init(&forms, version, &conf);
		assert_true(sdn_learn_form_flow(&forms, &out, xid, &flow, buffer_id));
		sdn_learn_flow_add(&msg, &scratch, version, &conf, &flow, buffer_id);
		encoded(&msg, xid, &out);
		out = fill_of(bytes, fill_len(&out) - 1);
		assert_false(sdn_learn_form_flow(&forms, &out, xid, &flow, buffer_id));
		assert_true(fill_len(&out) == 0 && !out.bad);
	}
}

static void test_frames(void **state)
{
	static const uint8_t frame[1500] = {1, 2, 3};
	struct sdn_learn_flow_scratch scratch;
	struct sdn_learn_forms forms;
	struct rand rand;

	rand_init(&rand, 1);
	for (unsigned i = 0; i < ARRAY_LEN(versions) * ROUNDS; i++) {
		enum of_version version = versions[i % ARRAY_LEN(versions)];
		uint32_t in_port = random_port(&rand, version), xid = (uint32_t)rand_u64(&rand);
		uint32_t out_port = i % 3 ? random_port(&rand, version) : OF_PORT_FLOOD;
		uint32_t buffer_id = i % 5 ? OF_NO_BUFFER : 77;
		struct of_bytes data = {frame, (uint32_t)rand_below(&rand, sizeof(frame))};
		uint8_t bytes[2048];
		struct fill out = fill_of(bytes, sizeof(bytes));
		struct of_msg msg;

		sdn_learn_form_init(&forms, version, &conf);
		assert_true(sdn_learn_form_packet(&forms, &out, xid, in_port, out_port, buffer_id,
		                                  data));
		sdn_learn_flow_packet(&msg, &scratch, version, in_port, out_port, buffer_id, data);
		encoded(&msg, xid, &out);
		out = fill_of(bytes, fill_len(&out) - 1);
		assert_false(sdn_learn_form_packet(&forms, &out, xid, in_port, out_port, buffer_id,
		                                   data));
	}
}

static void test_a_frame_that_is_too_long(void **state)
{
	static uint8_t bytes[2 * OF_MESSAGE_MAX_BYTES], frame[OF_MESSAGE_MAX_BYTES];

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct fill out = fill_of(bytes, sizeof(bytes));
		struct sdn_learn_forms forms;
		uint32_t most;

		sdn_learn_form_init(&forms, versions[i], &conf);
		most = OF_MESSAGE_MAX_BYTES - forms.packet.len;
		assert_false(sdn_learn_form_packet(&forms, &out, 1, 1, 2, OF_NO_BUFFER,
		                                   (struct of_bytes){frame, most + 1}));
		assert_true(sdn_learn_form_packet(&forms, &out, 1, 1, 2, OF_NO_BUFFER,
		                                  (struct of_bytes){frame, most}));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_flows),
	        cmocka_unit_test(test_frames),
	        cmocka_unit_test(test_a_frame_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
