// query_pcap: see the header.
#include "proto/bench/query_pcap.h"

int query_pcap_add(struct query_set *set, const void *bytes, size_t len,
                   struct query_pcap_counts *counts, struct why *why)
{
	struct query_packets packets = {.set = set, .counts = counts};
	struct capture capture;
	struct capture_frame frame;
	int err = capture_open(&capture, bytes, len, why);

	*counts = (struct query_pcap_counts){0};
	if (err)
		return err;
	while (!err && capture_next(&capture, &frame))
		err = query_packet_add(&packets, &frame);
	counts->cut = capture.cut;
	return err ? why_no_memory(why, "its queries") : capture_end(&capture, why);
}
