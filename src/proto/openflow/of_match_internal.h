// of_match_internal: between of_match.c and of_match10.c.
#ifndef OPENFLOW_OF_MATCH_INTERNAL_H
#define OPENFLOW_OF_MATCH_INTERNAL_H

#include "proto/openflow/of_match.h"

// As of_match_walk_next, of a match of 1.0.
bool of_match_walk_next10(struct of_match_walk *walk, struct of_oxm *oxm);

#endif
