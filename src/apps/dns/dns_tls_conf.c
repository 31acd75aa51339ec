// dns_tls_conf: the keys of the section dns.tls; see dns_tls.h.
#include "apps/dns/dns_tls.h"

#include <limits.h>

#define CERTIFICATE(member) offsetof(struct dns_tls_certificate_conf, member)

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
static const struct conf_section certificate_section = {sizeof(struct dns_tls_certificate_conf),
                                                        certificate_keys};

#define TLS(member)   offsetof(struct dns_tls_conf, member)
#define LIMIT(member) offsetof(struct dns_tls_conf, limits.member)

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, LIMIT(enabled), "false",
         .help = "Whether queries are answered over TLS (RFC 7858)."},
        {"port", CONF_UNSIGNED, TLS(port), "853", 1, 65535, .help = "The TCP port."},
        {"certificates", CONF_SECTIONS, TLS(certificates), "", .max = TLS_IDENTITIES_MAX,
         .live = true, .section = &certificate_section,
         .help = "The server's certificates. A client gets the first that has the name which it "
                 "asks for, or else the first. A reload reads all files again; when one is not "
                 "right, it fails and the ones before are still used."},
        {"client_ca", CONF_PATH, TLS(client_ca), "", .max = PATH_MAX - 1, .live = true,
         .help = "Certificates in PEM form. When it is given, only clients are served whose "
                 "certificates lead to one of them."},
        {"ticket_key_h", CONF_UNSIGNED, TLS(ticket_key_h), "12", 0, 168,
         .help = "Hours after which the key of session tickets is replaced. Tickets of the two "
                 "keys "
                 "before are accepted. 0: no session tickets."},
        {"expiry_warning_h", CONF_UNSIGNED, TLS(expiry_warning_h), "336", 0, 87600, .live = true,
         .help = "\"wadi-ctl health\" warns when a certificate expires in fewer hours than this. "
                 "0: "
                 "only when one has expired."},
        {"max_connections", CONF_UNSIGNED, LIMIT(max_connections), "2000", 1, 1 << 20,
         .help = "As dns.tcp.max_connections, for TLS: about 10 kB of memory for each connection."},
        {"max_per_client", CONF_UNSIGNED, LIMIT(max_per_client), "150", 1, 1 << 24, .live = true,
         .help = "As dns.tcp.max_per_client."},
        {"ipv4_prefix", CONF_UNSIGNED, LIMIT(ipv4_prefix), "32", 1, 32, .live = true,
         .help = "As dns.tcp.ipv4_prefix."},
        {"ipv6_prefix", CONF_UNSIGNED, LIMIT(ipv6_prefix), "64", 1, 128, .live = true,
         .help = "As dns.tcp.ipv6_prefix."},
        {"idle_timeout_s", CONF_UNSIGNED, LIMIT(idle_timeout_s), "10", 1, 3600, .live = true,
         .help = "As dns.tcp.idle_timeout_s; the handshake counts."},
        {0},
};
const struct conf_section dns_tls_section = {sizeof(struct dns_tls_conf), tls_keys};
