// tls_certificate: see tls_internal.h. Files are the caller's, who has read them; each error names
// one. What OpenSSL would find out at the first handshake is found out here.
#include "proto/tls/tls_internal.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#define STAPLE_SKEW_S 300

// Why OpenSSL failed, after `what` and its file.
static int refuse(struct why *why, const struct tls_file *file, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return why_fail(why, -1, "%s: %s%s%s", file->name, what, reason ? ": " : "",
	                reason ? reason : "");
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	int64_t since = 0;

	if (epoch && time && ASN1_TIME_diff(&days, &seconds, epoch, time))
		since = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return since;
}

static void date_text(const ASN1_TIME *time, char *text, size_t size)
{
	struct tm tm = {0};

	if (!ASN1_TIME_to_tm(time, &tm))
		snprintf(text, size, "a date that cannot be read");
	else
		snprintf(text, size, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900,
		         tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static BIO *bio_of(const struct tls_file *file)
{
	return file->len <= INT32_MAX ? BIO_new_mem_buf(file->bytes, (int)file->len) : NULL;
}

// The n-th certificate of a file is valid now. Returns 0 or, with a sentence, -1.
static int check_dates(const X509 *cert, unsigned n, const struct tls_file *file, int64_t now_s,
                       struct why *why)
{
	const ASN1_TIME *from = X509_get0_notBefore(cert), *until = X509_get0_notAfter(cert);
	char date[64];

	if (seconds_of(from) > now_s) {
		date_text(from, date, sizeof(date));
		return why_fail(why, -1, "%s: certificate %u is not valid before %s", file->name, n,
		                date);
	}
	if (seconds_of(until) < now_s) {
		date_text(until, date, sizeof(date));
		return why_fail(why, -1, "%s: certificate %u has expired at %s", file->name, n,
		                date);
	}
	return 0;
}

// `above` has signed `cert`, the n-th of the file.
static int check_issued(X509 *above, X509 *cert, unsigned n, const struct tls_file *file,
                        struct why *why)
{
	if (X509_check_issued(above, cert) == X509_V_OK &&
	    X509_verify(cert, X509_get0_pubkey(above)) == 1)
		return 0;
	ERR_clear_error();
	return why_fail(why, -1,
	                "%s: certificate %u was not issued by certificate %u, which follows it",
	                file->name, n, n + 1);
}

// Takes the next certificate of a chain; *before is the one that it has to have issued.
static int chain_add(struct tls_loaded *identity, X509 *cert, X509 **before, unsigned n,
                     const struct tls_file *file, int64_t now_s, struct why *why)
{
	int err = check_dates(cert, n, file, now_s, why);

	if (!err && *before)
		err = check_issued(cert, *before, n - 1, file, why);
	if (err)
		return err;
	if (n == 1 && SSL_CTX_use_certificate(identity->ssl, cert) != 1)
		return refuse(why, file, "the certificate cannot be used");
	if (n == 1)
		identity->leaf = SSL_CTX_get0_certificate(identity->ssl);
	else if (SSL_CTX_add1_chain_cert(identity->ssl, cert) != 1)
		return refuse(why, file, "a certificate of the chain cannot be used");
	*before = n == 1 ? identity->leaf : cert;
	return 0;
}

static int load_chain(struct tls_loaded *identity, const struct tls_file *file, int64_t now_s,
                      struct why *why)
{
	BIO *bio = bio_of(file);
	X509 *before = NULL, *cert;
	unsigned n = 0;
	int err = bio ? 0 : refuse(why, file, "there is no memory for it");

	while (!err && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		err = chain_add(identity, cert, &before, ++n, file, now_s, why);
		X509_free(cert); // the context holds it
	}
	if (!err && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		err = refuse(why, file, "a certificate cannot be read");
	else if (!err && n == 0)
		err = refuse(why, file, "it has no certificate in PEM form");
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

static int no_passphrase(char *to, int size, int writing, void *asked)
{
	*(bool *)asked = true;
	return -1;
}

static void note_slow(struct tls_slow *slow, const EVP_PKEY *key, const char *name)
{
	bool rsa = EVP_PKEY_is_a(key, "RSA");
	int bits = EVP_PKEY_get_bits(key);

	if (bits > (rsa ? 2048 : 256))
		snprintf(slow->text, sizeof(slow->text), "%s: %s of %d bits", name,
		         rsa ? "RSA" : "a curve", bits);
}

static int load_key(struct tls_loaded *identity, const struct tls_identity *conf,
                    struct tls_slow *slow, struct why *why)
{
	BIO *bio = bio_of(&conf->key);
	bool asked = false;
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked) : NULL;
	int err = 0;

	BIO_free(bio);
	if (!key && asked)
		err = why_fail(why, -1, "%s: the key is encrypted; store it without a passphrase",
		               conf->key.name);
	else if (!key)
		err = refuse(why, &conf->key, "it has no private key in PEM form");
	else if (X509_check_private_key(identity->leaf, key) != 1)
		err = why_fail(why, -1, "%s: the key is not that of the certificate in %s",
		               conf->key.name, conf->chain.name);
	else if (SSL_CTX_use_PrivateKey(identity->ssl, key) != 1)
		err = refuse(why, &conf->key, "the key cannot be used");
	else
		note_slow(slow, key, conf->key.name);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

// The certificate that issued the leaf: the next of its chain; NULL: it is not in the file.
static X509 *issuer_of(const struct tls_loaded *identity)
{
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(identity->ssl, &chain);
	return chain && sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
}

// Whether the response is signed for the issuer, by it or by a certificate of its.
static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *certs = sk_X509_new_null();
	bool good = store && certs && X509_STORE_add_cert(store, issuer) == 1 &&
	            sk_X509_push(certs, issuer) > 0;

	if (good) {
		X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		good = OCSP_basic_verify(basic, certs, store, 0) == 1;
	}
	sk_X509_free(certs);
	X509_STORE_free(store);
	return good;
}

// What the response says of the certificate: good, and until when.
static int staple_check(OCSP_BASICRESP *basic, struct tls_loaded *identity,
                        const struct tls_file *file, int64_t now_s, struct why *why)
{
	X509 *issuer = issuer_of(identity);
	OCSP_CERTID *id = issuer ? OCSP_cert_to_id(NULL, identity->leaf, issuer) : NULL;
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	int status = V_OCSP_CERTSTATUS_UNKNOWN;
	int found = id ? OCSP_resp_find_status(basic, id, &status, NULL, NULL, &from, &until) : 0;
	char date[64];

	OCSP_CERTID_free(id);
	if (!issuer)
		return refuse(why, file, "the certificate's chain lacks its issuer, who signs it");
	if (!found)
		return refuse(why, file, "the response is about another certificate");
	if (!is_signed(basic, issuer))
		return refuse(why, file, "the response is not signed by the issuer");
	if (status != V_OCSP_CERTSTATUS_GOOD)
		return refuse(why, file,
		              status == V_OCSP_CERTSTATUS_REVOKED
		                      ? "the certificate is revoked"
		                      : "the issuer does not know the certificate");
	if (!until || seconds_of(from) > now_s + STAPLE_SKEW_S)
		return refuse(why, file, "the response is not valid yet, or has no end");
	date_text(until, date, sizeof(date));
	if (seconds_of(until) <= now_s)
		return why_fail(why, -1, "%s: the response has expired at %s", file->name, date);
	identity->staple_until_s = seconds_of(until);
	return 0;
}

static int load_staple(struct tls_loaded *identity, const struct tls_file *file, int64_t now_s,
                       struct why *why)
{
	const uint8_t *at = file->bytes;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)file->len);
	bool good = response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
	OCSP_BASICRESP *basic = good ? OCSP_response_get1_basic(response) : NULL;
	int err;

	OCSP_RESPONSE_free(response);
	if (!basic)
		return refuse(why, file, "it is not a successful OCSP response in DER form");
	err = staple_check(basic, identity, file, now_s, why);
	OCSP_BASICRESP_free(basic);
	ERR_clear_error();
	if (err)
		return err;
	identity->staple = malloc(file->len);
	if (!identity->staple)
		return why_no_memory(why, "the file %s", file->name);
	memcpy(identity->staple, file->bytes, file->len);
	identity->staple_len = file->len;
	return 0;
}

int tls_certificate_load(struct tls_loaded *loaded, const struct tls_identity *identity,
                         int64_t now_s, struct tls_slow *slow, struct why *why)
{
	int err = load_chain(loaded, &identity->chain, now_s, why);

	if (!err)
		err = load_key(loaded, identity, slow, why);
	if (!err && identity->staple.len)
		err = load_staple(loaded, &identity->staple, now_s, why);
	return err;
}

int64_t tls_certificate_expires_s(const struct tls_loaded *loaded)
{
	STACK_OF(X509) *chain = NULL;
	int64_t first_s = INT64_MAX;

	if (!loaded->leaf)
		return first_s;
	first_s = seconds_of(X509_get0_notAfter(loaded->leaf));
	SSL_CTX_get0_chain_certs(loaded->ssl, &chain);
	for (int i = 0; chain && i < sk_X509_num(chain); i++) {
		int64_t until_s = seconds_of(X509_get0_notAfter(sk_X509_value(chain, i)));

		if (until_s < first_s)
			first_s = until_s;
	}
	return first_s;
}

int tls_certificate_trust(SSL_CTX *ssl, const struct tls_file *file, bool client, struct why *why)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	BIO *bio = bio_of(file);
	unsigned n = 0;
	X509 *cert;
	bool good = true;

	while (good && bio && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		good = X509_STORE_add_cert(store, cert) == 1 &&
		       (client || SSL_CTX_add_client_CA(ssl, cert) == 1);
		X509_free(cert);
		n++;
	}
	BIO_free(bio);
	if (!good || n == 0)
		return refuse(why, file,
		              n ? "a certificate cannot be used"
		                : "it has no certificate in PEM form");
	ERR_clear_error();
	return 0;
}
