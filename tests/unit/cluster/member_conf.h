// member_conf: members of a cluster as the tests have them, called "a", "b", ...
#ifndef UNIT_CLUSTER_MEMBER_CONF_H
#define UNIT_CLUSTER_MEMBER_CONF_H

#include "proto/cluster/cluster_member.h"

#define SILENCE_US (800 * MS_US)
#define BEAT_US    (200 * MS_US)
#define LOOK_US    (50 * MS_US)

static inline struct cluster_member_conf member_conf(unsigned who, uint64_t id,
                                                     uint32_t switches_max)
{
	return (struct cluster_member_conf){.election = {.id = id,
	                                                 .name = {(char)('a' + who)},
	                                                 .silence_us = SILENCE_US,
	                                                 .beat_us = BEAT_US,
	                                                 .look_us = LOOK_US,
	                                                 .answer_us = SILENCE_US,
	                                                 .shares = true},
	                                    .switches_max = switches_max,
	                                    .seed = id};
}

#endif
