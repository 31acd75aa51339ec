// http_ports: the service "http": requests of all workers to one server, for a time, then a report.
#ifndef APPS_BENCH_HTTP_PORTS_H
#define APPS_BENCH_HTTP_PORTS_H

#include "apps/boot/boot.h"

extern const struct service http_ports_service;

#endif
