// intent_tables: memory for the tables of a switch, and the steps that make them of intents.
#ifndef APPS_SDN_INTENT_TABLES_H
#define APPS_SDN_INTENT_TABLES_H

#include "proto/sdn/sdn_rules.h"

// Makes the tables of a switch, in one table where it has to be. 0, and intent_tables_free is due;
// or negative errno with a sentence in why.
int intent_tables_make(const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_known *known, struct sdn_tables *tables,
                       struct why *why) MUST_CHECK;

// Memory for as many flows, actions, groups and meters as the other tables have. All zeros may be
// freed.
int intent_tables_alloc(struct sdn_tables *tables, const struct sdn_tables *need,
                        struct why *why) MUST_CHECK;
void intent_tables_free(struct sdn_tables *tables);

// How much memory that is; 0 of all zeros.
size_t intent_tables_bytes(const struct sdn_tables *tables) PURE;

// The declared hosts as stations of a switch, into room for intent->hosts_len of them.
uint32_t intent_tables_stations(const struct sdn_intent *intent, uint16_t number,
                                struct sdn_station *stations);

#endif
