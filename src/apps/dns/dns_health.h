// dns_health: what `wadi-ctl health` asks of wadi-dns: a query that its workers answer, and
// whether zones and signatures are fresh. The rows and workers are apps/boot/health.h's.
#ifndef APPS_DNS_DNS_HEALTH_H
#define APPS_DNS_DNS_HEALTH_H

#include "apps/boot/boot.h"

// The functions of struct service of the same names; state is a struct dns.
bool dns_health_probe(void *state, struct service_probe *probe);
bool dns_health_judge(const struct service_probe *probe, const uint8_t *reply, uint16_t len,
                      struct why *why);
void dns_health_checks(void *state, struct health *health);

#endif
