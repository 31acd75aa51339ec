// log_service: the configuration's section "log", in every appliance: what is logged,
// and the collector that gets it over the network (syslog.h). The log itself is
// core/host/log.h.
#ifndef LOG_LOG_SERVICE_H
#define LOG_LOG_SERVICE_H

#include "apps/boot/boot.h"

extern const struct service log_service;

#endif
