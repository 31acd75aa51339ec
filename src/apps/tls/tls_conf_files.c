// tls_conf_files: which files the keys of TLS name. Apart from the keys, so that programs without
// a sandbox, such as benchmarks, can link those.
#include "apps/boot/boot.h"
#include "apps/tls/tls_conf.h"

int tls_conf_files(const struct tls_conf *conf, struct sandbox *sandbox, struct why *why)
{
	const struct tls_certificate_conf *items = conf->certificates.items;
	int err = sandbox_read(sandbox, conf->client_ca, why);

	for (size_t i = 0; i < conf->certificates.len && !err; i++) {
		err = sandbox_read(sandbox, items[i].certificate, why);
		if (!err)
			err = sandbox_read(sandbox, items[i].key, why);
		if (!err)
			err = sandbox_read(sandbox, items[i].ocsp, why);
	}
	return err;
}
