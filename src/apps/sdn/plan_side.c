// plan_side: see the header.
#include "apps/sdn/plan_side.h"

#include "apps/sdn/intent_tables.h"
#include "apps/sdn/plan_links.h"

#include <errno.h>
#include <stdlib.h>

// The tables of one switch, as it and its network are expected to be.
static int switch_make(struct plan_side *side, struct plan_links *links, uint16_t number,
                       uint8_t version, struct sdn_station *stations)
{
	struct sdn_known known = {
	        .version = version,
	        .tables = UINT8_MAX,
	        .stations = stations,
	        .stations_len = side->intent.hosts_len,
	        .groups = version == OF10 ? 0 : 1u << OF_GROUP_TYPE_SELECT | 1u << OF_GROUP_TYPE_FF,
	        .select_watches = true};
	struct why *why = &side->refused[number];
	struct sdn_reach view = {0};
	int err = 0;

	(void)intent_tables_stations(&side->intent, number, stations);
	if (links) {
		err = plan_links_view(links, number, &view, stations);
		sdn_reach_known(&view, &known);
	}
	err = err ? why_no_memory(why, "the network")
	          : intent_tables_make(&side->intent, number, &known, &side->tables[number], why);
	sdn_reach_close(&view);
	if (!err)
		why->text[0] = '\0';
	return err;
}

int plan_side_make(struct plan_side *side, const struct sdn_intent *intent, bool topology,
                   uint8_t version)
{
	struct sdn_station *stations = calloc(intent->hosts_len + 1u, sizeof(*stations));
	struct plan_links links = {0};
	int err = topology ? plan_links_open(&links, intent) : 0;

	*side = (struct plan_side){
	        .intent = *intent,
	        .tables = calloc(intent->switches_len + 1u, sizeof(*side->tables)),
	        .refused = calloc(intent->switches_len + 1u, sizeof(*side->refused))};
	if (!stations || !side->tables || !side->refused)
		err = -ENOMEM;
	for (uint32_t i = 0; !err && i < intent->switches_len; i++)
		side->refusals += switch_make(side, topology ? &links : NULL, (uint16_t)i, version,
		                              stations) != 0;
	plan_links_close(&links);
	free(stations);
	return err;
}

void plan_side_free(struct plan_side *side)
{
	for (uint32_t i = 0; side->tables && i < side->intent.switches_len; i++)
		intent_tables_free(&side->tables[i]);
	free(side->tables);
	free(side->refused);
	*side = (struct plan_side){0};
}

int plan_side_diff(const struct plan_side *new, uint16_t number, const struct plan_side *old,
                   struct sdn_diff_change **changes, uint32_t *len)
{
	static const struct sdn_tables none;
	const struct sdn_tables *tables = &new->tables[number];
	uint16_t was = sdn_intent_switch(&old->intent, new->intent.switches[number].datapath_id);
	const struct sdn_tables *before =
	        was == SDN_NONE || !old->tables ? &none : &old->tables[was];
	uint32_t most = before->flows_len + tables->flows_len + before->groups_len +
	                tables->groups_len + before->meters_len + tables->meters_len;

	*changes = calloc(most + 1u, sizeof(**changes));
	if (!*changes)
		return -ENOMEM;
	*len = sdn_diff(before, tables, *changes, most);
	return 0;
}
