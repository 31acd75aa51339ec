// tls_conf: see the header.
#include "apps/tls/tls_conf.h"

#include "core/host/feature.h"

#define CERTIFICATE(member) offsetof(struct tls_certificate_conf, member)

static const struct conf_key certificate_keys[] = {
        {"certificate", CONF_PATH, CERTIFICATE(certificate), .min = 1, .max = PATH_MAX - 1,
         .help = "The certificate and, behind it, those that lead to a root, in PEM form."},
        {"key", CONF_PATH, CERTIFICATE(key), .min = 1, .max = PATH_MAX - 1,
         .help = "The private key of the certificate in PEM form, without a passphrase. ECDSA with "
                 "P-256 or Ed25519 is best: an RSA key of more than 2048 bits stalls a worker for "
                 "over a millisecond at each handshake."},
        {"ocsp", CONF_PATH, CERTIFICATE(ocsp), "", .max = PATH_MAX - 1,
         .help = "An OCSP response for the certificate in DER form, as \"openssl ocsp -respout\" "
                 "writes it, which clients that ask for one get with the certificate. Replace it "
                 "and "
                 "reload before it expires; after that it is not sent."},
        {0},
};
const struct conf_section tls_certificate_section = {sizeof(struct tls_certificate_conf),
                                                     certificate_keys};

void tls_conf_check(const struct tls_conf *conf, const char *section, struct conf *to)
{
	if (!FEATURE_TLS)
		conf_error(to, conf_path(to, "%s.enabled", section),
		           "this build has no TLS: build with -Dtls=true");
	else if (conf->certificates.len == 0)
		conf_error(to, conf_path(to, "%s.certificates", section),
		           "TLS needs a certificate");
}
