// manage: the service of every appliance by which programs and browsers watch it, over HTTP on an
// address and a port of its own: /metrics, /status, /healthz, /readyz, and a live page. It changes
// nothing. Off unless configured; docs/operations.md is its manual.
#ifndef APPS_HTTP_MANAGE_H
#define APPS_HTTP_MANAGE_H

#include "apps/boot/boot.h"

extern const struct service manage_service;

#endif
