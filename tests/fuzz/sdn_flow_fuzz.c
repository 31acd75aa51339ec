// sdn_flow: a switch's reply about its flows: each is read, printed, and compared with tables that
// have none of them; what the controller would send is encoded.
#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_keep.h"
#include "proto/sdn/sdn_trace.h"

#define FLOWS   64
#define ACTIONS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_read(struct sdn_tables *tables, const struct of_msg *msg)
{
	struct of_list list = msg->multipart.body;
	struct of_flow_stats stats;
	struct of_meter_config config;

	if (list.family == OF_FAMILY_FLOW_STATS)
		while (of_flow_stats_next(&list, &stats))
			sdn_flow_read(tables, &stats);
	else if (list.family == OF_FAMILY_METER_CONFIG)
		while (of_meter_config_next(&list, &config))
			sdn_flow_read_meter(tables, &config);
}

static void fuzz_send(const struct sdn_diff_change *change, uint8_t version)
{
	static struct sdn_scratch scratch;
	static uint8_t bytes[OF_MESSAGE_MAX_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_msg msg;

	if (sdn_diff_message(change, version, &scratch, &msg) != OF_FAULT_NONE ||
	    of_encode(&msg, &out) != OF_FAULT_NONE)
		return;
	if (of_decode(&msg, bytes, fill_len(&out), NULL) != OF_FAULT_NONE)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdn_flow flows[FLOWS], copies[FLOWS];
	static struct sdn_action actions[ACTIONS];
	static struct sdn_meter meters[FLOWS];
	static struct sdn_diff_change changes[4 * FLOWS];
	static char text[65536];
	struct sdn_tables tables = {.flows = flows,
	                            .actions = actions,
	                            .meters = meters,
	                            .flows_max = FLOWS,
	                            .actions_max = ACTIONS,
	                            .meters_max = FLOWS};
	struct sdn_tables none = {0}, kept;
	struct of_text out = {.out = fill_of(text, sizeof(text))};
	struct sdn_key packet = {.in_port = be32(1)};
	struct of_msg msg;
	uint32_t len;

	if (of_decode(&msg, data, size, NULL) != OF_FAULT_NONE || msg.type != OF_MULTIPART_REPLY)
		return 0;
	fuzz_read(&tables, &msg);
	if (sdn_tables_full(&tables))
		return 0;
	sdn_flow_sort(&tables);
	sdn_trace(&tables, NULL, &packet, NULL, NULL, &out);
	len = sdn_diff(&tables, &none, changes, 4 * FLOWS);
	for (uint32_t i = 0; i < len; i++) {
		sdn_diff_text(NULL, NULL, &changes[i], &out);
		fuzz_send(&changes[i], msg.version);
	}
	kept = tables;
	kept.flows = copies;
	memcpy(copies, flows, sizeof(flows));
	sdn_keep(&kept, &tables);
	len = sdn_diff(&none, &kept, changes, 4 * FLOWS);
	for (uint32_t i = 0; i < len; i++)
		fuzz_send(&changes[i], msg.version);
	return 0;
}
