// web: the service of wadi-web: a site over HTTP.
#ifndef APPS_WEB_WEB_H
#define APPS_WEB_WEB_H

#include "apps/boot/boot.h"

extern const struct service web_service;

#endif
