// web_echo: the example of a WebSocket: each message comes back.
#ifndef APPS_WEB_WEB_ECHO_H
#define APPS_WEB_WEB_ECHO_H

#include "apps/http/http_exchange.h"

// Answers a request, within `request` of its handler.
void web_echo_request(struct http_exchange *exchange, mono_t now);

#endif
