// store_fake: a xenstored in this process: a thread that serves the wire protocol
// to clients on sockets, and calls by which a test looks at the tree and changes
// it. Nobody's permissions are checked.
#ifndef FAKE_STORE_FAKE_H
#define FAKE_STORE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_fake;

struct store_fake *store_fake_open(void);
// All clients have closed their ends.
void store_fake_close(struct store_fake *fake);

// A connection of the domain's, whose relative paths lie under /local/domain/ID.
int store_fake_connect(struct store_fake *fake, unsigned domain);

// At once, any thread; watches fire as for a client. Paths are absolute.
bool store_fake_get(struct store_fake *fake, const char *path, char *value, size_t size);
void store_fake_set(struct store_fake *fake, const char *path, const char *value);
void store_fake_remove(struct store_fake *fake, const char *path);

// How the next replies go wrong.
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
