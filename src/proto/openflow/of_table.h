// of_table: the tables of of_table_*.c, one for each family of items.
#ifndef OPENFLOW_OF_TABLE_H
#define OPENFLOW_OF_TABLE_H

#include "proto/openflow/of_kind.h"

#define X(NAME, name) extern const struct of_family_table of_table_##name;
OF_FAMILY_LIST(X)
#undef X

// Names of bits from the lowest on; "-" for one without.
#define OF_WORDS_TABLE_CONFIG "- - EVICTION VACANCY_EVENTS"
#define OF_WORDS_EVICTION     "OTHER IMPORTANCE LIFETIME"
#define OF_WORDS_REMOVED      "IDLE_TIMEOUT HARD_TIMEOUT DELETE GROUP_DELETE METER_DELETE EVICTION"
#define OF_WORDS_ROLES        "NOCHANGE EQUAL MASTER SLAVE"
#define OF_WORDS_MULTIPARTS                                                                        \
	"DESC FLOW AGGREGATE TABLE PORT_STATS QUEUE GROUP GROUP_DESC GROUP_FEATURES METER "        \
	"METER_CONFIG METER_FEATURES TABLE_FEATURES PORT_DESC TABLE_DESC QUEUE_DESC FLOW_MONITOR " \
	"FLOW_STATS CONTROLLER_STATUS BUNDLE_FEATURES"
#define OF_WORDS_METER "KBPS PKTPS BURST STATS"

#endif
