// sdn: the service of wadi-sdn.
#ifndef APPS_SDN_SDN_H
#define APPS_SDN_SDN_H

#include "apps/boot/boot.h"

extern const struct service sdn_service;

#endif
