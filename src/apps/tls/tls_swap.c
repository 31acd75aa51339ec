// tls_swap: see the header.
#include "apps/tls/tls_swap.h"

#include "apps/boot/boot.h"
#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/host/secret.h"
#include "core/host/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX_BYTES (1 << 20)
#define HOUR_US        (3600 * SEC_US)

// Fills `to` with the bytes of a file, which the caller frees by secret_free. 0 or negative errno.
static int read_bytes(int fd, struct tls_file *to)
{
	struct stat st;
	uint8_t *bytes;
	ssize_t len;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES || st.st_size == 0)
		return -EINVAL;
	bytes = secret_alloc((size_t)st.st_size);
	if (!bytes)
		return -ENOMEM;
	len = read(fd, bytes, (size_t)st.st_size);
	to->bytes = bytes;
	to->len = len > 0 ? (size_t)len : 0;
	return len == st.st_size ? 0 : -EIO;
}

static int file_read(const char *path, struct tls_file *to, struct why *why)
{
	int fd, err;

	*to = (struct tls_file){.name = path};
	if (!*path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : read_bytes(fd, to);
	if (fd >= 0)
		close(fd);
	if (!err)
		return 0;
	why_set(why, "%s: %s", path,
	        err == -EINVAL ? "it is empty, too large, or not a file" : strerror(-err));
	sandbox_remedy(path, why);
	return err;
}

static void file_free(const struct tls_file *file)
{
	secret_free((void *)(uintptr_t)file->bytes);
}

static int identity_read(const struct tls_certificate_conf *conf, struct tls_identity *to,
                         struct why *why)
{
	int err = file_read(conf->certificate, &to->chain, why);

	if (!err)
		err = file_read(conf->key, &to->key, why);
	if (!err)
		err = file_read(conf->ocsp, &to->staple, why);
	return err;
}

static void warn_slow(const struct tls_context *context)
{
	const char *key = tls_context_slow_key(context);

	if (*key)
		log_warning("%s: each handshake stalls its worker for about a millisecond or more; "
		            "use a key of P-256",
		            key);
}

struct tls_context *tls_swap_context(const struct tls_conf *conf, const struct tls_offer *offer,
                                     struct why *why)
{
	const struct tls_certificate_conf *items = conf->certificates.items;
	struct tls_identity identities[TLS_IDENTITIES_MAX] = {0};
	struct tls_context_conf context_conf = {.client = offer->client,
	                                        .identities = identities,
	                                        .identities_len = (unsigned)conf->certificates.len,
	                                        .alpn = offer->alpn,
	                                        .alpn_len = offer->alpn_len,
	                                        .now_s = time(NULL)};
	struct tls_context *context = NULL;
	int err = file_read(conf->client_ca, &context_conf.ca, why);

	if (*conf->client_ca)
		context_conf.verify = TLS_VERIFY_REQUIRED;
	if (!err && !offer->client && conf->certificates.len == 0)
		err = why_fail(why, -EINVAL, "%s.certificates: TLS needs a certificate",
		               offer->section);
	for (size_t i = 0; i < conf->certificates.len && !err; i++)
		err = identity_read(&items[i], &identities[i], why);
	if (!err)
		context = tls_context_open(&context_conf, why);
	for (size_t i = 0; i < conf->certificates.len; i++) {
		file_free(&identities[i].chain);
		file_free(&identities[i].key);
		file_free(&identities[i].staple);
	}
	file_free(&context_conf.ca);
	if (context)
		warn_slow(context);
	return context;
}

// Publishes a copy of what is shared, changed; the one before is freed.
static void publish(struct tls_swap *tls, struct tls_shared *next)
{
	struct tls_shared *before =
	        swap_publish(&tls->shared, next, tls->env->pipelines, tls->env->workers_len);

	if (before->context != next->context)
		tls_context_put(before->context);
	secret_free(before);
}

static struct tls_shared *copy(const struct tls_swap *tls)
{
	struct tls_shared *next = secret_alloc(sizeof(*next));

	if (next)
		*next = *(struct tls_shared *)swap_read(&tls->shared);
	return next;
}

static void add_key(struct tls_tickets *tickets)
{
	uint8_t key[TLS_TICKET_KEY_BYTES];

	seed_bytes(key, sizeof(key));
	tls_tickets_rotate(tickets, key);
	explicit_bzero(key, sizeof(key));
}

static void rotate(struct wheel_timer *timer, mono_t now)
{
	struct tls_swap *tls = CONTAINER_OF(timer, struct tls_swap, rotation);
	struct tls_shared *next = copy(tls);

	if (next) {
		add_key(&next->tickets);
		publish(tls, next);
	}
	wheel_add(&tls->env->loop->wheel, timer, mono_add(now, tls->rotation_us));
}

int tls_swap_open(struct tls_swap *tls, const struct tls_conf *conf, const struct tls_offer *offer,
                  const struct service_env *env, struct why *why)
{
	struct tls_shared *shared;
	struct tls_context *context = tls_swap_context(conf, offer, why);

	if (!context)
		return -EINVAL;
	shared = secret_alloc(sizeof(*shared));
	if (!shared) {
		tls_context_put(context);
		return why_no_memory(why, "the keys of session tickets");
	}
	shared->context = context;
	tls->env = env;
	tls->rotation_us = conf->ticket_key_h * HOUR_US;
	swap_init(&tls->shared, shared);
	wheel_timer_init(&tls->rotation, rotate);
	if (tls->rotation_us == 0)
		return 0;
	add_key(&shared->tickets);
	wheel_add(&env->loop->wheel, &tls->rotation, mono_add(clock_kernel(), tls->rotation_us));
	return 0;
}

void tls_swap_close(struct tls_swap *tls)
{
	struct tls_shared *shared = swap_read(&tls->shared);

	if (!shared)
		return;
	if (wheel_timer_armed(&tls->rotation))
		wheel_del(&tls->env->loop->wheel, &tls->rotation);
	tls_context_put(shared->context);
	secret_free(shared);
}

void tls_swap_reload(struct tls_swap *tls, struct tls_context *context)
{
	struct tls_shared *next = copy(tls);

	if (!next) {
		tls_context_put(context);
		log_error("there is no memory for the new certificates; those before are used");
		return;
	}
	next->context = context;
	publish(tls, next);
}

int64_t tls_swap_expires_s(const struct tls_swap *tls)
{
	const struct tls_shared *shared = swap_read(&tls->shared);

	return shared ? tls_context_expires_s(shared->context) : INT64_MAX;
}
