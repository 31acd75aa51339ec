// sdn_session: what a switch's messages do: it is entered when its features are there, its flows
// are read and corrected, and its packet-ins answered.
#ifndef APPS_SDN_SDN_SESSION_H
#define APPS_SDN_SDN_SESSION_H

#include "apps/sdn/sdn_switches.h"

// An event of the connection, of of_conn_next or of_conn_expire, but neither OF_CONN_MORE nor
// OF_CONN_CLOSE. msg is NULL of OF_CONN_EXPIRED.
void sdn_session_event(struct sdn_switch *sw, enum of_conn_event event, const struct of_msg *msg,
                       mono_t now);

// This controller is the switch's master now: its flows are read and corrected. No effect on one
// that is acted upon already.
void sdn_session_act(struct sdn_switch *sw, mono_t now);
// It is not any more: the switch stays connected, and what is known by it is forgotten. Likewise.
void sdn_session_rest(struct sdn_switch *sw, mono_t now);

// The switch's connection is over or is being ended; no effect if it was not entered.
void sdn_session_leave(struct sdn_switch *sw, mono_t now);

// Flows to the host are not right any more, and go.
void sdn_session_distrust(struct sdn_switch *sw, struct mac host, mono_t now);

// Once a second: flows are read again if that is due.
void sdn_session_tick(struct sdn_switch *sw, mono_t now);

#endif
