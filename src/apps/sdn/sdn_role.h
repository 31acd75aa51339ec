// sdn_role: whether switches take this controller for their master (OpenFlow 1.5.1 section 6.3.9,
// and Nicira's extension of 1.0): role requests with the generation of the cluster's election, and
// what switches say about it. Without sdn.cluster no role is asked for.
#ifndef APPS_SDN_SDN_ROLE_H
#define APPS_SDN_SDN_ROLE_H

#include "apps/sdn/sdn_switches.h"

// Tags of requests, beside those of sdn_session and intent_apply.
enum { SDN_ROLE_ASKED = 200, SDN_ROLE_WHICH };
static inline bool sdn_role_is_tag(uint32_t tag)
{
	return tag >= SDN_ROLE_ASKED;
}

// Whether the switch may be acted upon now: always without a cluster.
bool sdn_role_acts(const struct sdn_switches *all, mono_t now) PURE;

// Asks the switch for the role that this controller is to have, unless that is on its way.
void sdn_role_ask(struct sdn_switch *sw, mono_t now);
// The outcome of the election, or the shares, are others: switches are asked, and rest if we are
// not master of them.
void sdn_role_tell_all(struct sdn_switches *all, mono_t now);

// What came for a request with a tag of ours: a reply, or an error, or NULL: nothing.
void sdn_role_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now);
void sdn_role_failed(struct sdn_switch *sw, const struct of_error *error, mono_t now);

// A message that may say that another controller is master; true: it does.
bool sdn_role_message(struct sdn_switch *sw, const struct of_msg *msg, mono_t now);

#endif
