// tls_watch: follows the handshake messages of a peer that are not encrypted yet, and refuses those
// which announce more bytes than they may have. OpenSSL allocates what a message announces before
// any of it has come: 128 KiB for nine bytes of an attacker's. Knows nothing of OpenSSL.
#ifndef TLS_WATCH_H
#define TLS_WATCH_H

#include "core/base.h"

// One direction of a connection; all zeros at its beginning.
struct tls_watch {
	uint8_t head[5]; // of a record (RFC 8446 section 5.1)
	uint8_t head_len;
	uint8_t message[4]; // type and length of a message (section 4)
	uint8_t message_len;
	bool off;              // what follows is encrypted
	uint16_t body_left;    // bytes of the record
	uint32_t message_left; // bytes of the message
};

// The next bytes of the stream, cut anywhere. `tls12`: that version was agreed on, in which
// ChangeCipherSpec means that what follows is encrypted. False when a message announces more than
// `max` bytes; the watch is of no use then.
bool tls_watch_take(struct tls_watch *watch, const uint8_t *bytes, size_t len, bool tls12,
                    uint32_t max) MUST_CHECK;

#endif
