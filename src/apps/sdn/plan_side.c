// plan_side: see the header.
#include "apps/sdn/plan_side.h"

#include "apps/sdn/intent_tables.h"

#include <errno.h>
#include <stdlib.h>

int plan_side_make(struct plan_side *side, const struct sdn_intent *intent, uint8_t version)
{
	struct sdn_known known = {
	        .version = version, .tables = UINT8_MAX, .stations_len = intent->hosts_len};
	struct sdn_station *stations = calloc(intent->hosts_len + 1u, sizeof(*stations));

	*side = (struct plan_side){
	        .intent = *intent,
	        .tables = calloc(intent->switches_len + 1u, sizeof(*side->tables)),
	        .refused = calloc(intent->switches_len + 1u, sizeof(*side->refused))};
	known.stations = stations;
	for (uint32_t i = 0; stations && side->tables && side->refused && i < intent->switches_len;
	     i++) {
		intent_tables_stations(intent, (uint16_t)i, stations);
		if (intent_tables_make(intent, (uint16_t)i, &known, &side->tables[i],
		                       &side->refused[i]))
			side->refusals++;
		else
			side->refused[i].text[0] = '\0';
	}
	free(stations);
	return stations && side->tables && side->refused ? 0 : -ENOMEM;
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
	uint32_t most =
	        before->flows_len + tables->flows_len + before->meters_len + tables->meters_len;

	*changes = calloc(most + 1u, sizeof(**changes));
	if (!*changes)
		return -ENOMEM;
	*len = sdn_diff(before, tables, *changes, most);
	return 0;
}
