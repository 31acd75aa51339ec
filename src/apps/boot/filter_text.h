// filter_text: a filter of packets (core/pkt_filter.h) out of the words that a person types:
//
//     host 192.0.2.7 host 2001:db8::/32 port 53 name example.org drop udp.cksum
//
// Words of one kind are alternatives, kinds are conditions that all hold.
#ifndef BOOT_FILTER_TEXT_H
#define BOOT_FILTER_TEXT_H

#include "core/metric.h"
#include "core/pkt_filter.h"
#include "core/why.h"

#define FILTER_TEXT_BYTES 2048

// The conditions that there are, for messages and help.
#define FILTER_TEXT_USAGE                                                                          \
	"host ADDRESS, host PREFIX, port NUMBER, name NAME, drop REASON, drop STAGE or drop any"

// Compiles the text; "" is a filter for every packet. drops: all reasons of the appliance, as
// services.drops has them. 0, or -EINVAL with a sentence in why.
int filter_text_compile(struct pkt_filter *filter, const char *text, const struct metric_row *drops,
                        struct why *why) MUST_CHECK;

#endif
