// sdn_auxiliary: see the header.
#include "apps/sdn/sdn_auxiliary.h"

#include "apps/sdn/sdn_tls.h"

static bool has_id(const struct sdn_switch *main, uint8_t auxiliary_id)
{
	for (const struct sdn_switch *sw = main->auxiliaries; sw; sw = sw->next_auxiliary)
		if (sw->auxiliary_id == auxiliary_id)
			return true;
	return false;
}

// Why it may not join the main one; NULL: it may. Whoever else knows the datapath id is not the
// switch.
static const char *fault_of(const struct sdn_switch *sw, const struct sdn_switch *main,
                            uint8_t auxiliary_id)
{
	if (!main)
		return "there is no main connection";
	if (!addr_eq(tcp_peers(sw->tcp).remote, tcp_peers(main->tcp).remote))
		return "it comes from another address than the main one";
	if (!sdn_tls_is_same(sw, main))
		return "its certificate is not that of the main one";
	if (sw->conn.version != main->conn.version)
		return "its version is not that of the main one";
	if (has_id(main, auxiliary_id))
		return "there is one with its auxiliary id";
	return main->auxiliaries_len < SDN_AUXILIARIES_MAX ? NULL : "there are 8 already";
}

void sdn_auxiliary_join(struct sdn_switch *sw, uint8_t auxiliary_id, mono_t now)
{
	struct sdn_switch *main = sdn_switches_find(sw->all, sw->datapath_id);
	const char *fault = fault_of(sw, main, auxiliary_id);

	if (fault) {
		counter_add(&sw->all->metric.refused, 1);
		sdn_switches_event(sw,
		                   (struct sdn_event){.kind = SDN_EVENT_AUXILIARY, .text = fault});
		sdn_switches_end(sw, false, now);
		return;
	}
	sw->state = SDN_SWITCH_AUXILIARY;
	sw->main = main;
	sw->auxiliary_id = auxiliary_id;
	sw->next_auxiliary = main->auxiliaries;
	main->auxiliaries = sw;
	main->auxiliaries_len++;
	sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_AUXILIARY_UP});
}

void sdn_auxiliary_leave(struct sdn_switch *sw)
{
	struct sdn_switch **at = &sw->main->auxiliaries;

	while (*at != sw)
		at = &(*at)->next_auxiliary;
	*at = sw->next_auxiliary;
	sw->main->auxiliaries_len--;
	sw->main = NULL;
}

void sdn_auxiliary_end_all(struct sdn_switch *sw, mono_t now)
{
	struct sdn_switch *auxiliary;

	while ((auxiliary = sw->auxiliaries)) {
		sdn_auxiliary_leave(auxiliary);
		sdn_switches_end(auxiliary, false, now);
		sdn_switches_flush(auxiliary, now);
	}
}
