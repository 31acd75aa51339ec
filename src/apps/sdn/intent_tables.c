// intent_tables: see the header.
#include "apps/sdn/intent_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Of the first try; most switches need no second one.
#define FLOWS_FIRST 1024

int intent_tables_alloc(struct sdn_tables *tables, const struct sdn_tables *need, struct why *why)
{
	*tables = (struct sdn_tables){.flows_max = need->flows_len,
	                              .actions_max = need->actions_len,
	                              .groups_max = need->groups_len,
	                              .meters_max = need->meters_len};
	tables->flows = calloc(need->flows_len + 1u, sizeof(*tables->flows));
	tables->actions = calloc(need->actions_len + 1u, sizeof(*tables->actions));
	tables->groups = calloc(need->groups_len + 1u, sizeof(*tables->groups));
	tables->meters = calloc(need->meters_len + 1u, sizeof(*tables->meters));
	if (tables->flows && tables->actions && tables->groups && tables->meters)
		return 0;
	intent_tables_free(tables);
	(void)why_no_memory(why, "%u flows", need->flows_len);
	return -ENOMEM;
}

size_t intent_tables_bytes(const struct sdn_tables *tables)
{
	return tables->flows_max * sizeof(*tables->flows) +
	       tables->actions_max * sizeof(*tables->actions) +
	       tables->groups_max * sizeof(*tables->groups) +
	       tables->meters_max * sizeof(*tables->meters);
}

void intent_tables_free(struct sdn_tables *tables)
{
	free(tables->flows);
	free(tables->actions);
	free(tables->groups);
	free(tables->meters);
	*tables = (struct sdn_tables){0};
}

typedef int make_fn(const void *ctx, struct sdn_tables *tables, struct why *why);

// Allocates room for what is needed, and makes. The tables are to be freed unless it fails
// otherwise than by -ENOSPC.
static int make_once(make_fn *make, const void *ctx, const struct sdn_tables *need,
                     struct sdn_tables *tables, struct why *why)
{
	int err = intent_tables_alloc(tables, need, why);

	if (err)
		return err;
	err = make(ctx, tables, why);
	if (err && err != -ENOSPC)
		intent_tables_free(tables);
	return err;
}

// Twice at most: the first try finds out how much memory it takes.
static int make_with_memory(make_fn *make, const void *ctx, struct sdn_tables *tables,
                            struct why *why)
{
	struct sdn_tables need = {.flows_len = FLOWS_FIRST,
	                          .actions_len = FLOWS_FIRST,
	                          .groups_len = FLOWS_FIRST / 4,
	                          .meters_len = FLOWS_FIRST};
	int err = make_once(make, ctx, &need, tables, why);

	if (err != -ENOSPC)
		return err;
	need = (struct sdn_tables){.flows_len = tables->flows_len,
	                           .actions_len = tables->actions_len,
	                           .groups_len = tables->groups_len,
	                           .meters_len = tables->meters_len};
	intent_tables_free(tables);
	err = make_once(make, ctx, &need, tables, why);
	if (err == -ENOSPC)
		intent_tables_free(tables);
	return err;
}

struct make {
	const struct sdn_intent *intent;
	uint16_t number;
	const struct sdn_known *known;
	const struct sdn_tables *pipeline;
};

static int make_pipeline(const void *ctx, struct sdn_tables *tables, struct why *why)
{
	const struct make *make = ctx;

	return sdn_rules_make(make->intent, make->number, make->known, tables, why);
}

static int make_flat(const void *ctx, struct sdn_tables *tables, struct why *why)
{
	const struct make *make = ctx;

	return sdn_rules_flatten(make->intent, make->pipeline, make->known->version, tables, why);
}

int intent_tables_make(const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_known *known, struct sdn_tables *tables, struct why *why)
{
	struct sdn_tables pipeline;
	struct make make = {intent, number, known, &pipeline};
	int err;

	if (!sdn_rules_is_flat(known))
		return make_with_memory(make_pipeline, &make, tables, why);
	err = make_with_memory(make_pipeline, &make, &pipeline, why);
	if (err)
		return err;
	err = make_with_memory(make_flat, &make, tables, why);
	intent_tables_free(&pipeline);
	return err;
}

uint32_t intent_tables_stations(const struct sdn_intent *intent, uint16_t number,
                                struct sdn_station *stations)
{
	for (uint32_t i = 0; i < intent->hosts_len; i++) {
		const struct sdn_intent_host *host = &intent->hosts[i];

		stations[i] =
		        (struct sdn_station){.network = host->network,
		                             .port = host->on_switch == number ? host->port : 0,
		                             .addresses = host->addresses,
		                             .addresses_len = host->addresses_len};
		memcpy(stations[i].mac, host->mac, sizeof(host->mac));
	}
	return intent->hosts_len;
}
