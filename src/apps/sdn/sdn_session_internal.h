// sdn_session_internal: requests of sdn_session and sdn_check, and what they are for.
#ifndef APPS_SDN_SDN_SESSION_INTERNAL_H
#define APPS_SDN_SDN_SESSION_INTERNAL_H

#include "apps/sdn/sdn_switches.h"

// Tags of requests.
enum sdn_ask {
	SDN_ASK_DESC,
	SDN_ASK_PORTS,
	SDN_ASK_FLOWS,      // all of ours
	SDN_ASK_SOME_FLOWS, // of 1.0: those that may be wrong
	SDN_ASK_BARRIER,
	SDN_ASK_FEATURES, // of 1.0, once more: they have the ports
};

static inline enum of_version sdn_session_version(const struct sdn_switch *sw)
{
	return (enum of_version)sw->conn.version;
}

// False: the queue has no room.
static inline bool sdn_session_put(struct sdn_switch *sw, enum of_conn_queue queue,
                                   struct of_msg *msg, mono_t now)
{
	return of_conn_send(&sw->conn, queue, msg, now) == OF_FAULT_NONE;
}

static inline bool sdn_session_ask(struct sdn_switch *sw, enum of_conn_queue queue,
                                   struct of_msg *msg, enum sdn_ask what, mono_t now)
{
	return of_conn_ask(&sw->conn, queue, msg, what, now) == OF_FAULT_NONE;
}

#endif
