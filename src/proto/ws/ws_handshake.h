// ws_handshake: the opening handshake (RFC 6455 section 4): what a request must have for a server
// to leave HTTP, and a response for a client; the fields that either sends.
#ifndef WS_HANDSHAKE_H
#define WS_HANDSHAKE_H

#include "proto/http/http_request.h"
#include "proto/http/http_response.h"

#define WS_PROTOCOL         "websocket" // the value of Upgrade
#define WS_VERSION          "13"        // of Sec-WebSocket-Version
#define WS_KEY_BYTES        24          // of Sec-WebSocket-Key
#define WS_KEY_RANDOM_BYTES 16          // that it is made of
#define WS_ACCEPT_BYTES     28          // of Sec-WebSocket-Accept

enum ws_handshake {
	WS_HANDSHAKE_ACCEPTED,
	WS_HANDSHAKE_NONE,      // the request is an ordinary one; 426 with Upgrade if it may not be
	WS_HANDSHAKE_MALFORMED, // answer with 400
	WS_HANDSHAKE_VERSION,   // answer with 426, and WS_VERSION in Sec-WebSocket-Version
};

// Checks a request (section 4.2.1). Accepted, `accept` becomes the value of Sec-WebSocket-Accept,
// which goes with status 101, Upgrade and Connection. No subprotocol or extension is agreed on.
enum ws_handshake ws_handshake_read(const struct http_request *request,
                                    char accept[WS_ACCEPT_BYTES]) MUST_CHECK;

// Whether the request comes from no page, or from one of the host that it asks: a server whose
// clients are known by their address or cookies refuses others with 403 (section 10.2), for a page
// of any site may open connections to it.
bool ws_handshake_is_same_origin(const struct http_request *request);

// The value of Sec-WebSocket-Key, out of random bytes.
void ws_handshake_key(char key[WS_KEY_BYTES], const uint8_t random[WS_KEY_RANDOM_BYTES]);

// Whether the response, of status 101, accepts the key, and nothing that was not offered (section
// 4.1).
bool ws_handshake_check(const struct http_response *response,
                        const char key[WS_KEY_BYTES]) MUST_CHECK;

#endif
