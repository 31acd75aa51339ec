// store_fake: a xenstored in this process: a thread that serves the protocol to clients on sockets,
// and functions by which a test reads and changes the tree. It checks no permissions.
#ifndef FAKE_STORE_FAKE_H
#define FAKE_STORE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_fake;

struct store_fake *store_fake_open(void);
// All clients have closed their sockets.
void store_fake_close(struct store_fake *fake);

// Opens a connection of a domain; relative paths are below /local/domain/ID.
int store_fake_connect(struct store_fake *fake, unsigned domain);

// Immediate; from any thread; watches fire as for a client. Paths are absolute.
bool store_fake_get(struct store_fake *fake, const char *path, char *value, size_t size);
void store_fake_set(struct store_fake *fake, const char *path, const char *value);
void store_fake_remove(struct store_fake *fake, const char *path);

// How later replies violate the protocol.
enum store_fake_lie {
	STORE_FAKE_HONEST,
	STORE_FAKE_REQ_ID, // of a request that was never sent
	STORE_FAKE_TYPE,   // another type than asked for
	STORE_FAKE_LEN,    // a length beyond the protocol's
	STORE_FAKE_CUT,    // half a reply, and the end of the connection
	STORE_FAKE_SILENT, // no reply
	STORE_FAKE_SLOW,   // byte by byte
	STORE_FAKE_BUSY,   // each transaction that is to be committed meets EAGAIN
};

void store_fake_lie(struct store_fake *fake, enum store_fake_lie lie);

#endif
