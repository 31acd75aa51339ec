// store: a client of xenstore over one descriptor, which the control thread polls and uses. It does
// without libxenstore, because Debian's static one is built without the thread that it needs for
// watches. Requests wait for their reply; watch events that arrive meanwhile are queued for
// store_event. xenbus.c uses it for devices, apps/boot for configuration.
//
// Messages of xenstored are checked: lengths, types, the request that a reply belongs to. Functions
// return 0 or a negative errno: the error of xenstored (-ENOENT, -EACCES, -EAGAIN, ...); -ETIMEDOUT
// when it did not reply within STORE_WAIT_MS; -EPROTO when it violated the protocol, after which
// the connection is closed and all functions return -EPROTO. The process must ignore SIGPIPE.
#ifndef BACKENDS_XEN_STORE_H
#define BACKENDS_XEN_STORE_H

#include "core/base.h"

#define STORE_WAIT_MS       5000
#define STORE_PATH_BYTES    256  // with the final zero; longer than all paths that wadi uses
#define STORE_PAYLOAD_BYTES 4096 // XENSTORE_PAYLOAD_MAX
#define STORE_SHORT_BYTES   128  // size of a value of store_read_many, with the final zero
#define STORE_EVENTS_MAX    64   // queued; more are dropped, which store_event reports

struct store;

// Opens a client on fd: /dev/xen/xenbus opened for reading and writing, or a socket with the same
// protocol. Takes ownership of fd, even on failure. NULL: not enough memory.
struct store *store_open(int fd) MUST_CHECK;
void store_close(struct store *store); // store may be NULL

// Sets how long later requests wait for a reply; the default is STORE_WAIT_MS.
void store_wait(struct store *store, unsigned ms);

// The descriptor to poll; readable when an event may have arrived, -1 after the connection was
// closed. Events that were queued while a request waited do not make it readable, so callers check
// store_has_event before they sleep.
int store_fd(const struct store *store);
bool store_has_event(const struct store *store);

// In all functions below, tx is the number of a transaction, or 0 for none. A path without a
// leading slash is relative to the home path of this domain.

// Reads the value of a node and adds a final zero. -E2BIG when it does not fit size or contains a
// zero byte.
int store_read(struct store *store, uint32_t tx, const char *path, char *value,
               size_t size) MUST_CHECK;
int store_write(struct store *store, uint32_t tx, const char *path, const char *value) MUST_CHECK;
// Removes a node and all below it; returns 0 also when it does not exist.
int store_remove(struct store *store, uint32_t tx, const char *path) MUST_CHECK;

// Reads n nodes. values[i] is "" when the node does not exist or cannot be read, or when its value
// does not fit or contains a zero byte. Returns 0, -ETIMEDOUT or -EPROTO; after an error no value
// is valid, and a missing one does not mean that the node is missing.
int store_read_many(struct store *store, uint32_t tx, const char *const *paths, unsigned n,
                    char (*values)[STORE_SHORT_BYTES]) MUST_CHECK;

// Calls fn with the name of each child of a node, in the order of xenstored, until it returns
// false. fn borrows the name, and may use the store.
typedef bool store_list_fn(void *ctx, const char *name);
int store_list(struct store *store, uint32_t tx, const char *path, store_list_fn *fn,
               void *ctx) MUST_CHECK;

// Begin a transaction; commit or abort it. A commit returns -EAGAIN when another client changed a
// node that was read in it; the caller then repeats the transaction.
int store_begin(struct store *store, uint32_t *tx) MUST_CHECK;
int store_end(struct store *store, uint32_t tx, bool commit) MUST_CHECK;

// Watches a node and all below it; events carry the token. xenstored sends a first event
// immediately.
int store_watch(struct store *store, const char *path, const char *token) MUST_CHECK;
int store_unwatch(struct store *store, const char *path, const char *token) MUST_CHECK;

// Takes the next event without waiting; false when there is none. If events were dropped, because
// the queue was full or a path was too long, it returns one event whose `path` and `token` are "":
// anything may have changed.
bool store_event(struct store *store, char path[STORE_PATH_BYTES], char token[STORE_PATH_BYTES]);

#endif
