// tls_openssl: see tls.h: contexts and connections over OpenSSL; certificates are
// tls_certificate.c's. A connection's BIO reads from and writes to the struct tls_io of the call,
// so that OpenSSL keeps nothing but parts of records.
#include "proto/tls/tls_internal.h"
#include "proto/tls/tls_watch.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>

// AES-128 first, as browsers have it: a handshake derives some twenty keys with the suite's hash,
// and processors have instructions for SHA-256 that they lack for SHA-384.
#define TLS13_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS12_CIPHERS "ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20"
#define TLS_GROUPS    "X25519:P-256"
#define CHAIN_DEPTH   4

// Of a ticket key: its name, the cipher's key, the MAC's key (RFC 5077 section 4).
#define TICKET_NAME_BYTES 16
#define TICKET_AES_BYTES  32
#define TICKET_MAC_BYTES  32
_Static_assert(TICKET_NAME_BYTES + TICKET_AES_BYTES + TICKET_MAC_BYTES == TLS_TICKET_KEY_BYTES,
               "the parts of a key");

struct tls_context {
	_Atomic unsigned holders;
	bool client;
	BIO_METHOD *bio;
	unsigned identities_len;
	struct tls_loaded identity[TLS_IDENTITIES_MAX];
	uint8_t alpn[TLS_ALPN_MAX * (TLS_NAME_MAX + 1)]; // in the form of RFC 7301
	unsigned alpn_len;
	int64_t expires_s;
	bool ask_staple;
	struct tls_slow slow;
};

struct tls_conn {
	struct tls_context *context;
	SSL *ssl;
	struct tls_io *io; // of the call
	struct tls_watch watch;
	enum tls_fail fail;
	unsigned key_updates;
	bool open;
};

static struct tls_conn *conn_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

static bool has_name(const struct tls_loaded *identity, const char *name)
{
	return X509_check_host(identity->leaf, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
	                       NULL) == 1;
}

static int on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *context = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	for (unsigned i = 0; name && i < context->identities_len; i++) {
		if (!has_name(&context->identity[i], name))
			continue;
		SSL_set_SSL_CTX(ssl, context->identity[i].ssl);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static int on_alpn(SSL *ssl, const uint8_t **out, uint8_t *out_len, const uint8_t *in,
                   unsigned in_len, void *arg)
{
	const struct tls_context *context = arg;
	unsigned char *chosen;

	if (context->alpn_len == 0)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&chosen, out_len, context->alpn, context->alpn_len, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int on_status(SSL *ssl, void *arg)
{
	const struct tls_loaded *identity = arg;
	uint8_t *copy;

	if (conn_of(ssl)->io->now_s >= identity->staple_until_s)
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(identity->staple, identity->staple_len);
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)identity->staple_len);
	return SSL_TLSEXT_ERR_OK;
}

static bool ticket_mac(EVP_MAC_CTX *mac, const uint8_t *key)
{
	OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)key,
	                                          TICKET_MAC_BYTES),
	        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
	        OSSL_PARAM_construct_end()};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static int ticket_seal(const uint8_t *key, uint8_t *name, uint8_t *iv, EVP_CIPHER_CTX *cipher,
                       EVP_MAC_CTX *mac)
{
	const uint8_t *aes = key + TICKET_NAME_BYTES;

	memcpy(name, key, TICKET_NAME_BYTES);
	if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1 ||
	    EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, aes, iv) != 1)
		return -1;
	return ticket_mac(mac, aes + TICKET_AES_BYTES) ? 1 : -1;
}

// 1: the ticket is ours; 2: and sealed with a key that is not the newest; 0: unknown.
static int on_ticket(SSL *ssl, uint8_t *name, uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                     int sealing)
{
	const struct tls_tickets *tickets = conn_of(ssl)->io->tickets;

	if (!tickets || tickets->len == 0)
		return 0;
	if (sealing)
		return ticket_seal(tickets->key[0], name, iv, cipher, mac);
	for (unsigned i = 0; i < tickets->len; i++) {
		const uint8_t *aes = tickets->key[i] + TICKET_NAME_BYTES;

		if (memcmp(name, tickets->key[i], TICKET_NAME_BYTES) != 0)
			continue;
		if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, aes, iv) != 1 ||
		    !ticket_mac(mac, aes + TICKET_AES_BYTES))
			return -1;
		return i == 0 ? 1 : 2;
	}
	return 0;
}

// Counts what OpenSSL does not bound.
static void on_message(int sent, int version, int type, const void *bytes, size_t len, SSL *ssl,
                       void *arg)
{
	struct tls_conn *conn = conn_of(ssl);

	if (!sent && conn && type == SSL3_RT_HANDSHAKE && len > 0 &&
	    *(const uint8_t *)bytes == SSL3_MT_KEY_UPDATE &&
	    ++conn->key_updates > TLS_KEY_UPDATES_MAX)
		conn->fail = TLS_FAIL_LIMIT;
}

// OpenSSL answers a renegotiation by a warning, and goes on.
static void on_info(const SSL *ssl, int where, int value)
{
	struct tls_conn *conn = conn_of(ssl);

	if (conn && where == SSL_CB_WRITE_ALERT && (value & 0xff) == SSL_AD_NO_RENEGOTIATION)
		conn->fail = TLS_FAIL_RENEGOTIATION;
}

// Sessions are for those peers only who are asked for the same certificates.
static bool set_session_id(SSL_CTX *ssl, const struct tls_context_conf *conf)
{
	uint8_t id[EVP_MAX_MD_SIZE], verify = (uint8_t)conf->verify;
	unsigned len = 0;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
	            EVP_DigestUpdate(hash, &verify, 1) == 1 &&
	            EVP_DigestUpdate(hash, conf->ca.bytes, conf->ca.len) == 1 &&
	            EVP_DigestFinal_ex(hash, id, &len) == 1 &&
	            SSL_CTX_set_session_id_context(ssl, id, len) == 1;

	EVP_MD_CTX_free(hash);
	return good;
}

static bool set_rules(SSL_CTX *ssl, const struct tls_context_conf *conf)
{
	SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_PRIORITIZE_CHACHA |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_security_level(ssl, 2);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ssl, 1);
	SSL_CTX_set_max_cert_list(ssl, TLS_HELLO_MAX_BYTES);
	SSL_CTX_set_verify_depth(ssl, CHAIN_DEPTH);
	SSL_CTX_set_msg_callback(ssl, on_message);
	SSL_CTX_set_info_callback(ssl, on_info);
	if (conf->ticket_s)
		SSL_CTX_set_timeout(ssl, (long)conf->ticket_s);
	return SSL_CTX_set_min_proto_version(ssl, conf->version_min ? conf->version_min
	                                                            : TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl, conf->version_max) == 1 &&
	       SSL_CTX_set_ciphersuites(ssl, TLS13_CIPHERS) == 1 &&
	       SSL_CTX_set_cipher_list(ssl, TLS12_CIPHERS) == 1 &&
	       SSL_CTX_set1_groups_list(ssl, TLS_GROUPS) == 1 && set_session_id(ssl, conf);
}

static void set_verify(SSL_CTX *ssl, const struct tls_context_conf *conf)
{
	int mode = conf->verify == TLS_VERIFY_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;

	if (conf->verify == TLS_VERIFY_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ssl, mode, NULL);
}

static void set_server(struct tls_context *context, struct tls_loaded *identity)
{
	SSL_CTX_set_tlsext_servername_callback(identity->ssl, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(identity->ssl, context);
	SSL_CTX_set_alpn_select_cb(identity->ssl, on_alpn, context);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(identity->ssl, on_ticket);
	if (identity->staple) {
		SSL_CTX_set_tlsext_status_cb(identity->ssl, on_status);
		SSL_CTX_set_tlsext_status_arg(identity->ssl, identity);
	}
}

static int open_identity(struct tls_context *context, const struct tls_context_conf *conf,
                         unsigned i, struct why *why)
{
	const struct tls_identity *from = i < conf->identities_len ? &conf->identities[i] : NULL;
	struct tls_loaded *to = &context->identity[i];
	int err = 0;

	to->ssl = SSL_CTX_new(conf->client ? TLS_client_method() : TLS_server_method());
	if (!to->ssl || !set_rules(to->ssl, conf))
		return why_fail(why, -1, "OpenSSL has no TLS for this program");
	set_verify(to->ssl, conf);
	if (conf->ca.len)
		err = tls_certificate_trust(to->ssl, &conf->ca, conf->client, why);
	if (!err && from)
		err = tls_certificate_load(to, from, conf->now_s, &context->slow, why);
	if (!err && !conf->client)
		set_server(context, to);
	return err;
}

// The names of the conf as RFC 7301 writes them.
static void alpn_write(struct tls_context *context, const struct tls_context_conf *conf)
{
	for (unsigned i = 0; i < conf->alpn_len && i < TLS_ALPN_MAX; i++) {
		size_t len = strnlen(conf->alpn[i], TLS_NAME_MAX);

		context->alpn[context->alpn_len++] = (uint8_t)len;
		memcpy(context->alpn + context->alpn_len, conf->alpn[i], len);
		context->alpn_len += (unsigned)len;
	}
}

static BIO_METHOD *bio_method(void);

struct tls_context *tls_context_open(const struct tls_context_conf *conf, struct why *why)
{
	struct tls_context *context = calloc(1, sizeof(*context));
	unsigned len = conf->identities_len;
	int64_t expires_s;
	int err = 0;

	why_no_memory(why, "TLS");
	// The configuration of the machine's OpenSSL is not this program's.
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
	if (!context)
		return NULL;
	assert(len <= TLS_IDENTITIES_MAX && (conf->client ? len <= 1 : len > 0));
	context->holders = 1;
	context->client = conf->client;
	context->ask_staple = conf->ask_staple;
	context->identities_len = conf->client ? 1 : len;
	context->expires_s = INT64_MAX;
	alpn_write(context, conf);
	context->bio = bio_method();
	for (unsigned i = 0; i < context->identities_len && !err && context->bio; i++) {
		err = open_identity(context, conf, i, why);
		expires_s = tls_certificate_expires_s(&context->identity[i]);
		if (expires_s < context->expires_s)
			context->expires_s = expires_s;
	}
	if (!err && context->bio)
		return context;
	tls_context_put(context);
	return NULL;
}

void tls_context_put(struct tls_context *context)
{
	if (!context || atomic_fetch_sub(&context->holders, 1) > 1)
		return;
	for (unsigned i = 0; i < context->identities_len; i++) {
		SSL_CTX_free(context->identity[i].ssl);
		free(context->identity[i].staple);
	}
	BIO_meth_free(context->bio);
	free(context);
}

int64_t tls_context_expires_s(const struct tls_context *context)
{
	return context->expires_s;
}

const char *tls_context_slow_key(const struct tls_context *context)
{
	return context->slow.text;
}

void tls_tickets_rotate(struct tls_tickets *tickets, const uint8_t key[TLS_TICKET_KEY_BYTES])
{
	memmove(tickets->key[1], tickets->key[0], sizeof(tickets->key) - sizeof(tickets->key[0]));
	memcpy(tickets->key[0], key, sizeof(tickets->key[0]));
	tickets->len = (unsigned)size_min(tickets->len + 1, TLS_TICKET_KEYS);
}

static int bio_read(BIO *bio, char *to, int len)
{
	struct tls_conn *conn = BIO_get_data(bio);
	struct span *in = &conn->io->in;
	size_t n = size_min((size_t)len, span_left(in));
	bool tls12 = SSL_version(conn->ssl) == TLS1_2_VERSION;

	BIO_clear_retry_flags(bio);
	if (conn->fail != TLS_FAIL_NONE)
		return -1;
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (!conn->open && !tls_watch_take(&conn->watch, in->p, n, tls12, TLS_HELLO_MAX_BYTES)) {
		conn->fail = TLS_FAIL_LIMIT;
		return -1;
	}
	memcpy(to, in->p, n);
	in->p += n;
	return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
	const struct tls_conn *conn = BIO_get_data(bio);
	uint32_t n = conn->io->send(conn->io->ctx, bytes, (uint32_t)len);

	BIO_clear_retry_flags(bio);
	if (n > 0)
		return (int)n;
	BIO_set_retry_write(bio);
	return -1;
}

static long bio_ctrl(BIO *bio, int cmd, long value, void *arg)
{
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wadi");

	if (method) {
		BIO_meth_set_read(method, bio_read);
		BIO_meth_set_write(method, bio_write);
		BIO_meth_set_ctrl(method, bio_ctrl);
	}
	return method;
}

static bool set_names(struct tls_conn *conn, const char *server_name)
{
	const struct tls_context *context = conn->context;

	if (server_name && (SSL_set_tlsext_host_name(conn->ssl, server_name) != 1 ||
	                    SSL_set1_host(conn->ssl, server_name) != 1))
		return false;
	if (context->ask_staple)
		SSL_set_tlsext_status_type(conn->ssl, TLSEXT_STATUSTYPE_ocsp);
	return context->alpn_len == 0 ||
	       SSL_set_alpn_protos(conn->ssl, context->alpn, context->alpn_len) == 0;
}

struct tls_conn *tls_open(struct tls_context *context, const char *server_name)
{
	struct tls_conn *conn = calloc(1, sizeof(*conn));
	BIO *bio = BIO_new(context->bio);

	if (conn)
		conn->ssl = SSL_new(context->identity[0].ssl);
	if (!bio || !conn || !conn->ssl) {
		BIO_free(bio);
		if (conn)
			SSL_free(conn->ssl);
		free(conn);
		ERR_clear_error();
		return NULL;
	}
	atomic_fetch_add(&context->holders, 1);
	conn->context = context;
	BIO_set_data(bio, conn);
	BIO_set_init(bio, 1);
	SSL_set_bio(conn->ssl, bio, bio);
	SSL_set_app_data(conn->ssl, conn);
	if (context->client)
		SSL_set_connect_state(conn->ssl);
	else
		SSL_set_accept_state(conn->ssl);
	if (!context->client || set_names(conn, server_name))
		return conn;
	tls_close(conn);
	return NULL;
}

void tls_close(struct tls_conn *conn)
{
	SSL_free(conn->ssl);
	tls_context_put(conn->context);
	free(conn);
	ERR_clear_error();
}

static enum tls_fail fail_of(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	switch (reason) {
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_WRONG_VERSION_NUMBER:
		return TLS_FAIL_PLAIN;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_VERSION_TOO_HIGH:
		return TLS_FAIL_VERSION;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SUITABLE_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
		return TLS_FAIL_CIPHER;
	case SSL_R_NO_APPLICATION_PROTOCOL:
		return TLS_FAIL_ALPN;
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return TLS_FAIL_CERTIFICATE;
	case ERR_R_MALLOC_FAILURE:
		return TLS_FAIL_MEMORY;
	default:
		return reason > SSL_AD_REASON_OFFSET ? TLS_FAIL_ALERT : TLS_FAIL_PROTOCOL;
	}
}

static void call_begin(struct tls_conn *conn, struct tls_io *io)
{
	ERR_clear_error();
	conn->io = io;
}

// What a call of OpenSSL's that returned `result` means.
static enum tls_status call_end(struct tls_conn *conn, int result)
{
	int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(conn->ssl, result);
	enum tls_status status = TLS_FAILED;

	if (conn->fail == TLS_FAIL_NONE && error == SSL_ERROR_NONE)
		status = TLS_DONE;
	else if (conn->fail == TLS_FAIL_NONE && error == SSL_ERROR_WANT_READ)
		status = TLS_WAIT;
	else if (conn->fail == TLS_FAIL_NONE && error == SSL_ERROR_WANT_WRITE)
		status = TLS_ROOM;
	else if (conn->fail == TLS_FAIL_NONE && error == SSL_ERROR_ZERO_RETURN)
		status = TLS_ENDED;
	else if (conn->fail == TLS_FAIL_NONE)
		conn->fail = fail_of(ERR_peek_error());
	ERR_clear_error();
	conn->io = NULL;
	return status;
}

static bool is_over(const struct tls_conn *conn)
{
	return conn->fail != TLS_FAIL_NONE;
}

enum tls_status tls_handshake(struct tls_conn *conn, struct tls_io *io)
{
	enum tls_status status;

	if (is_over(conn))
		return TLS_FAILED;
	call_begin(conn, io);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(conn->ssl), (time_t)io->now_s);
	if (!conn->context->client && (!io->tickets || io->tickets->len == 0)) {
		SSL_set_options(conn->ssl, SSL_OP_NO_TICKET);
		SSL_set_num_tickets(conn->ssl, 0);
	}
	status = call_end(conn, SSL_do_handshake(conn->ssl));
	conn->open = status == TLS_DONE;
	return status;
}

bool tls_is_open(const struct tls_conn *conn)
{
	return conn->open;
}

static enum tls_status read_or_peek(struct tls_conn *conn, struct tls_io *io, void *bytes,
                                    uint32_t room, uint32_t *len,
                                    int (*how)(SSL *, void *, size_t, size_t *))
{
	size_t n = 0;
	enum tls_status status;

	*len = 0;
	if (is_over(conn))
		return TLS_FAILED;
	call_begin(conn, io);
	status = call_end(conn, how(conn->ssl, bytes, room, &n));
	if (status == TLS_DONE) {
		conn->key_updates = 0;
		*len = (uint32_t)n;
	}
	return status;
}

enum tls_status tls_read(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len)
{
	return read_or_peek(conn, io, bytes, room, len, SSL_read_ex);
}

enum tls_status tls_peek(struct tls_conn *conn, struct tls_io *io, void *bytes, uint32_t room,
                         uint32_t *len)
{
	return read_or_peek(conn, io, bytes, room, len, SSL_peek_ex);
}

enum tls_status tls_write(struct tls_conn *conn, struct tls_io *io, const void *bytes, uint32_t len,
                          uint32_t *taken)
{
	size_t n = 0;
	enum tls_status status;

	*taken = 0;
	if (is_over(conn))
		return TLS_FAILED;
	call_begin(conn, io);
	status =
	        call_end(conn, SSL_write_ex(conn->ssl, bytes, size_min(len, TLS_RECORD_BYTES), &n));
	*taken = (uint32_t)n;
	return status;
}

enum tls_status tls_shutdown(struct tls_conn *conn, struct tls_io *io)
{
	int result;

	if (is_over(conn) || !conn->open)
		return TLS_FAILED;
	call_begin(conn, io);
	result = SSL_shutdown(conn->ssl);
	return call_end(conn, result == 0 ? 1 : result); // 0: the peer has not ended yet
}

enum tls_fail tls_fail(const struct tls_conn *conn)
{
	return conn->fail;
}

const char *tls_fail_detail(const struct tls_conn *conn)
{
	long result = SSL_get_verify_result(conn->ssl);

	return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

bool tls_peer_digest(const struct tls_conn *conn, uint8_t digest[TLS_DIGEST_BYTES])
{
	const X509 *peer = SSL_get0_peer_certificate(conn->ssl);

	return peer && X509_digest(peer, EVP_sha256(), digest, NULL) == 1;
}

bool tls_peer_has_name(const struct tls_conn *conn, const char *name)
{
	X509 *peer = SSL_get0_peer_certificate(conn->ssl);

	return peer && X509_check_host(peer, name, 0, 0, NULL) == 1;
}

void tls_info(const struct tls_conn *conn, struct tls_info *info)
{
	const unsigned char *staple = NULL, *alpn = NULL;
	long staple_len = SSL_get_tlsext_status_ocsp_resp(conn->ssl, &staple);
	unsigned alpn_len = 0;

	SSL_get0_alpn_selected(conn->ssl, &alpn, &alpn_len);
	*info = (struct tls_info){
	        .version = (uint16_t)SSL_version(conn->ssl),
	        .resumed = SSL_session_reused(conn->ssl),
	        .verified = SSL_get0_peer_certificate(conn->ssl) &&
	                    SSL_get_verify_result(conn->ssl) == X509_V_OK,
	        .server_name = SSL_get_servername(conn->ssl, TLSEXT_NAMETYPE_host_name),
	        .alpn = alpn,
	        .alpn_len = (uint8_t)alpn_len,
	        .staple = conn->context->client ? staple : NULL,
	        .staple_len = conn->context->client && staple_len > 0 ? (uint32_t)staple_len : 0};
}

void tls_session(const struct tls_conn *conn, uint8_t *bytes, size_t size, size_t *len)
{
	SSL_SESSION *session = SSL_get0_session(conn->ssl);
	int needed =
	        session && SSL_SESSION_is_resumable(session) ? i2d_SSL_SESSION(session, NULL) : 0;

	*len = 0;
	if (needed <= 0 || (size_t)needed > size)
		return;
	*len = (size_t)i2d_SSL_SESSION(session, &bytes);
}

bool tls_resume(struct tls_conn *conn, const uint8_t *bytes, size_t len)
{
	SSL_SESSION *session = d2i_SSL_SESSION(NULL, &bytes, (long)len);
	bool good = session && SSL_set_session(conn->ssl, session) == 1;

	SSL_SESSION_free(session);
	ERR_clear_error();
	return good;
}
