// sdn_auxiliary: auxiliary connections of a switch (OpenFlow 1.5.1 section 6.3.8). What comes on
// one is handled as if it had come on the main connection; packets leave by the connection by which
// their packet-ins came, everything else by the main one, since there is no order between
// connections.
#ifndef APPS_SDN_SDN_AUXILIARY_H
#define APPS_SDN_SDN_AUXILIARY_H

#include "apps/sdn/sdn_switches.h"

#define SDN_AUXILIARIES_MAX 8 // of a switch

// The features of a connection show an auxiliary id: it joins the main one, or is refused by name.
void sdn_auxiliary_join(struct sdn_switch *sw, uint8_t auxiliary_id, mono_t now);

// The auxiliary connection is over.
void sdn_auxiliary_leave(struct sdn_switch *sw);

// The main connection is over, and so are the others.
void sdn_auxiliary_end_all(struct sdn_switch *sw, mono_t now);

#endif
