// store: a client of xenstore over one descriptor: single-threaded, poll-able, no
// library behind it, since Debian's static libxenstore comes without the thread
// that it needs for watches. Requests wait for their reply; watch events that
// come in between are kept for store_event. Its users: xenbus.c for devices,
// boot for configuration. The control thread only.
//
// What xenstored sends is checked before it is believed: lengths, types, the
// request a reply belongs to. Functions return 0 or a negative errno: what
// xenstored said (-ENOENT, -EACCES, -EAGAIN, ...), -ETIMEDOUT when it said nothing
// for STORE_WAIT_MS, -EPROTO when it said nonsense (the connection is then closed
// for good and everything returns -EPROTO). SIGPIPE is ignored by the process.
#ifndef BACKENDS_XEN_STORE_H
#define BACKENDS_XEN_STORE_H

#include "core/base.h"

#define STORE_WAIT_MS       5000
#define STORE_PATH_BYTES    256  // with the final zero; enough for all that wadi asks for
#define STORE_PAYLOAD_BYTES 4096 // XENSTORE_PAYLOAD_MAX
#define STORE_SHORT_BYTES   128  // of a value among many, with its final zero
#define STORE_EVENTS_MAX    64   // kept; further ones are dropped, which store_event reports

struct store;

// fd is /dev/xen/xenbus opened for reading and writing (or a socket that speaks
// the same), the store's from now on, also when this fails. NULL: not enough memory.
struct store *store_open(int fd) MUST_CHECK;
void store_close(struct store *store); // NULL is fine

// Has requests wait for so long from now on, instead of STORE_WAIT_MS.
void store_wait(struct store *store, unsigned ms);

// Polls readable when store_event may have an event; -1 once the
// connection is closed for good. It misses events that came while a
// reply was awaited: callers check store_has_event before they sleep on it.
int store_fd(const struct store *store);
bool store_has_event(const struct store *store);

// tx is 0, or a transaction's number. A path without a leading slash is under our
// own domain's.

// The value with a final zero added. -E2BIG when it does not fit size or holds a
// zero byte itself.
int store_read(struct store *store, uint32_t tx, const char *path, char *value,
               size_t size) MUST_CHECK;
int store_write(struct store *store, uint32_t tx, const char *path, const char *value) MUST_CHECK;
// 0, too, when there is no such node.
int store_remove(struct store *store, uint32_t tx, const char *path) MUST_CHECK;

// Reads n nodes: values[i] is "" when there is no such node, or its value does not
// fit or holds a zero byte. What is returned concerns the connection alone: nothing
// is known then, not even that a node is missing.
int store_read_many(struct store *store, uint32_t tx, const char *const *paths, unsigned n,
                    char (*values)[STORE_SHORT_BYTES]) MUST_CHECK;

// Calls fn with the name of each child, in xenstored's order, until it returns
// false. The names are borrowed; fn may use the store.
typedef bool store_list_fn(void *ctx, const char *name);
int store_list(struct store *store, uint32_t tx, const char *path, store_list_fn *fn,
               void *ctx) MUST_CHECK;

// A transaction. store_end with commit returns -EAGAIN when another client changed what
// was read: begin again.
int store_begin(struct store *store, uint32_t *tx) MUST_CHECK;
int store_end(struct store *store, uint32_t tx, bool commit) MUST_CHECK;

// Watches path and all below it; events carry the token. xenstored sends a first
// event at once.
int store_watch(struct store *store, const char *path, const char *token) MUST_CHECK;
int store_unwatch(struct store *store, const char *path, const char *token) MUST_CHECK;

// Takes the next event without waiting. False when there is none. After events
// were lost, for lack of room or since a path was too long for any that is watched
// here, `path` and `token` are "" once: look at everything.
bool store_event(struct store *store, char path[STORE_PATH_BYTES], char token[STORE_PATH_BYTES]);

#endif
