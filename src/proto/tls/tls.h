// tls: TLS 1.3 and 1.2 (RFC 8446, 5246) for one connection, as an engine: the peer's bytes in,
// plaintext out; plaintext in, bytes for the peer out. It knows no transport. The protocol is
// OpenSSL's, which tls_openssl.c alone includes (docs/decisions/0014-tls.md).
//
// A context has what connections share: certificates, keys, rules. It does not change. The control
// thread opens it and any thread uses it; a reload opens another, and connections keep theirs.
//
// OpenSSL allocates: about 10 KB for a connection, 40 KB while it holds parts of records. Its
// owner bounds the number of connections. Compression, renegotiation, early data, and key
// exchanges without forward secrecy are off.
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "core/span.h"
#include "core/why.h"

#define TLS_IDENTITIES_MAX   64
#define TLS_ALPN_MAX         8
#define TLS_NAME_MAX         255
#define TLS_RECORD_BYTES     16384 // of plaintext in one record at most
#define TLS_HELLO_MAX_BYTES  16384 // what a handshake message may announce
#define TLS_KEY_UPDATES_MAX  16    // of the peer, without data between them
#define TLS_TICKET_KEY_BYTES 80
#define TLS_TICKET_KEYS      3

struct tls_context;
struct tls_conn;

// A file that the caller has read; errors name it. len 0: there is none.
struct tls_file {
	const char *name;
	const void *bytes;
	size_t len;
};

// What one end says that it is.
struct tls_identity {
	struct tls_file chain;  // PEM: the certificate, then those that lead to the root
	struct tls_file key;    // PEM, not encrypted
	struct tls_file staple; // DER: an OCSP response for the certificate (RFC 6960)
};

enum tls_verify {
	TLS_VERIFY_NONE,
	TLS_VERIFY_OPTIONAL, // a peer without a certificate is let in, one with a bad one is not
	TLS_VERIFY_REQUIRED,
};

struct tls_context_conf {
	bool client; // the end that opens the connection
	// A server's, at least one: the first whose certificate has the name that the client asks
	// for (SNI, RFC 6066), else the first of all. A client has at most one.
	const struct tls_identity *identities;
	unsigned identities_len;
	struct tls_file ca; // PEM: whom the peer's certificate has to lead to
	enum tls_verify verify;
	// Protocols in order of preference (ALPN, RFC 7301), up to TLS_ALPN_MAX. A peer that lists
	// others only is refused; one that lists none is not.
	const char *const *alpn;
	unsigned alpn_len;
	uint16_t version_min, version_max; // 0x0303, 0x0304 (TLS 1.3); 0: the least, the greatest
	bool ask_staple;                   // a client's
	uint32_t ticket_s;                 // how long a session may be resumed; 0: 7200
	int64_t now_s;                     // since 1970: certificates have to be valid then
};

// Reads and checks all of it. The bytes of conf are not needed afterwards. NULL with a sentence in
// why that begins with the name of the file.
struct tls_context *tls_context_open(const struct tls_context_conf *conf,
                                     struct why *why) MUST_CHECK;
// Connections hold a context as well; the last one frees it, in its thread.
void tls_context_put(struct tls_context *context);

// When the first of the certificates expires, of those that the context sends; since 1970.
int64_t tls_context_expires_s(const struct tls_context *context) PURE;
// A key whose signature takes most of a millisecond or more (RSA of more than 2048 bits, curves of
// more than 256): "KEY FILE: RSA of 4096 bits". "" when there is none.
const char *tls_context_slow_key(const struct tls_context *context) PURE;

// Keys that seal session tickets (RFC 5077, RFC 8446 section 4.6.1), one set for all workers. The
// first seals, all open; a ticket of an older one is replaced. Secret.
struct tls_tickets {
	unsigned len; // 0: no tickets are sent or taken
	uint8_t key[TLS_TICKET_KEYS][TLS_TICKET_KEY_BYTES];
};

// Puts a new key, of random bytes, in front, and forgets the oldest when there are too many.
void tls_tickets_rotate(struct tls_tickets *tickets, const uint8_t key[TLS_TICKET_KEY_BYTES]);

// What a call needs of its caller, borrowed for the call.
struct tls_io {
	// What has come from the peer and was not taken yet. Calls advance it; what they leave has
	// to be given again, in front of what follows it.
	struct span in;
	// Takes as many of the bytes as there is room for, and returns how many. They are on the
	// wire's form and leave in this order. OpenSSL's record is copied from here to where it is
	// sent from, and nowhere else.
	uint32_t (*send)(void *ctx, const void *bytes, uint32_t len);
	void *ctx;
	const struct tls_tickets *tickets; // NULL: none
	int64_t now_s;                     // since 1970
};

enum tls_status {
	TLS_DONE,
	TLS_WAIT,  // for the peer: all of io->in was taken
	TLS_ROOM,  // io->send took too little: call again, with the same arguments, when it takes
	           // more
	TLS_ENDED, // the peer has ended its direction (close_notify)
	TLS_FAILED // for good: tls_fail says why; an alert was sent if there was room
};

// A client's server_name is what it asks for and what the certificate has to have, NULL: any. NULL
// without memory.
struct tls_conn *tls_open(struct tls_context *context, const char *server_name) MUST_CHECK;
// Says nothing to the peer.
void tls_close(struct tls_conn *conn);

// Goes on with the handshake. A call does at most one flight: one key exchange, one signature, and
// the verification of one chain; the caller decides how many calls a turn of its has. TLS_DONE: it
// is complete.
enum tls_status tls_handshake(struct tls_conn *conn, struct tls_io *io) MUST_CHECK;
bool tls_is_open(const struct tls_conn *conn) PURE;

// Gives the next bytes, up to `room`, of one record. TLS_DONE: *len of them, at least 1.
enum tls_status tls_read(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len) MUST_CHECK;
// As tls_read, and gives them again next time.
enum tls_status tls_peek(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len) MUST_CHECK;

// Sends a record of up to TLS_RECORD_BYTES of the bytes. TLS_DONE: *len were taken, at least 1.
enum tls_status tls_write(struct tls_conn *conn, struct tls_io *io, const void *bytes, uint32_t len,
                          uint32_t *taken) MUST_CHECK;

// Ends our direction (close_notify); reading goes on.
enum tls_status tls_shutdown(struct tls_conn *conn, struct tls_io *io) MUST_CHECK;

// Why a connection failed.
#define TLS_FAILS(X)                                                                               \
	X(NONE, "none", "it has not")                                                              \
	X(PLAIN, "not_tls", "what came is not TLS")                                                \
	X(VERSION, "version", "no version of TLS in common")                                       \
	X(CIPHER, "cipher", "no cipher suite or key exchange in common")                           \
	X(ALPN, "alpn", "no application protocol in common")                                       \
	X(CERTIFICATE, "certificate", "the peer has no certificate, or one that is not accepted")  \
	X(ALERT, "alert", "the peer sent a fatal alert")                                           \
	X(RENEGOTIATION, "renegotiation", "the peer asked for a new handshake")                    \
	X(LIMIT, "limit", "a message is too long, or key updates are too many")                    \
	X(MEMORY, "memory", "OpenSSL got no memory")                                               \
	X(PROTOCOL, "protocol", "a record or message is wrong, or was changed on its way")

#define TLS_FAIL_ID(id, ...) TLS_FAIL_##id,
enum tls_fail { TLS_FAILS(TLS_FAIL_ID) TLS_FAIL_LEN };
enum tls_fail tls_fail(const struct tls_conn *conn) PURE;

// What OpenSSL found wrong with the peer's certificate, a static text ("certificate has expired");
// "": nothing, or the peer has none.
const char *tls_fail_detail(const struct tls_conn *conn);

// Figures of a connection that is open. Texts are the connection's.
struct tls_info {
	uint16_t version;        // 0x0304: TLS 1.3
	bool resumed;            // the handshake used a ticket
	bool verified;           // the peer sent a certificate, which was accepted
	const char *server_name; // that the client asked for; NULL: none
	const uint8_t *alpn;     // not terminated
	uint8_t alpn_len;        // 0: none was agreed on
	const uint8_t *staple;   // a client's: the server's OCSP response
	uint32_t staple_len;     // 0: there was none
};
void tls_info(const struct tls_conn *conn, struct tls_info *info);

// The SHA-256 of the peer's certificate. False: it has sent none.
#define TLS_DIGEST_BYTES 32
bool tls_peer_digest(const struct tls_conn *conn, uint8_t digest[TLS_DIGEST_BYTES]) MUST_CHECK;
// Whether the peer's certificate has the name (RFC 6125; without names of hosts its common name).
bool tls_peer_has_name(const struct tls_conn *conn, const char *name) MUST_CHECK;

// A client's session, secret: bytes that a later connection of the context resumes. *len is 0 when
// there is none yet: with TLS 1.3 it comes behind the handshake, and tls_read sees it.
void tls_session(const struct tls_conn *conn, uint8_t *bytes, size_t size, size_t *len);
// Before the handshake. False when the bytes are not a session.
bool tls_resume(struct tls_conn *conn, const uint8_t *bytes, size_t len) MUST_CHECK;

#endif
