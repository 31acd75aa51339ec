// main: wadi-sdn, an appliance of one service, which is in sdn.c.
#include "apps/manage/manage.h"
#include "apps/sdn/sdn.h"

static const struct manual_item examples[] = {
        {"wadi-sdn -c /etc/wadi/sdn.json", "Controls the switches that connect."},
        {"wadi-ctl /run/wadi/sdn.sock switches", "The switches, and what they do."},
        {"wadi-ctl /run/wadi/sdn.sock hosts", "Which host is at which port of which switch."},
        {"wadi-ctl /run/wadi/sdn.sock events", "What happened last: switches that came, left, "
                                               "were refused."},
        {0},
};

static const struct appliance appliance = {
        .name = "wadi-sdn",
        .summary = "a controller of OpenFlow switches",
        .text = "Has each switch that connects forward as a learning switch for each VLAN, over "
                "OpenFlow 1.0, 1.3, 1.4 and 1.5.\n"
                "Flows are owned by their cookies: those of others are not changed. When a switch "
                "or the controller comes back, the flows that are there are read, and only "
                "those that are wrong are removed.",
        .examples = examples,
        .services = (const struct service *const[]){&sdn_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
