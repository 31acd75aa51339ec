// wadi: the whole interface for an appliance in one header. What it brings is listed, with
// each symbol, in tools/package/interface of wadi's sources; docs/appliance.md explains it. A
// file that needs less includes single headers, such as "core/wheel.h".
#ifndef WADI_WADI_H
#define WADI_WADI_H

#include "apps/boot/boot.h"
#include "apps/http/http_links.h"
#include "apps/http/http_origin.h"
#include "apps/http/http_socket.h"
#include "apps/manage/manage.h"
#include "apps/tls/tls_swap.h"

#include "backends/mem/impair.h"
#include "backends/mem/mem.h"

#include "apps/cross/channel_fd.h"
#include "apps/cross/crossing.h"

#include "core/addr.h"
#include "core/hash.h"
#include "core/host/json.h"
#include "core/host/log.h"
#include "core/host/seed.h"
#include "core/host/swap.h"
#include "core/pkt.h"
#include "core/rand.h"
#include "core/rate.h"
#include "core/span.h"
#include "core/talkers.h"
#include "core/wheel.h"
#include "core/why.h"

#include "proto/http/http_route.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/tcp/channels.h"
#include "proto/tcpip/tcp/tcp.h"
#include "proto/tcpip/tcp/tcp_race.h"

#include "proto/write/write_event.h"
#include "proto/write/write_html.h"
#include "proto/write/write_json.h"
#include "proto/write/write_xml.h"

#endif
