// compile_command: `wadi-dns compile`: a zone file to a file that servers map. The
// format is proto/dns/zone/zone_stored.h's.
#include "apps/dns/compile_command.h"

#include "apps/dns/checks.h"
#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_crew.h"
#include "apps/dns/zone_read.h"

#include "core/host/seed.h"
#include "proto/dns/zone/zone_stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct manual_item compile_command_options[] = {
        {"--zone ORIGIN=FILE", "compile: The zone and the file that it is compiled from."},
        {"-o IMAGE", "compile: The file to write."},
        {"--strict, --as CODE=KIND", "compile: As check has them."},
        {0},
};

// One run of the command.
struct compile {
	struct dns_name origin;
	struct zone_policy policy;
	const char *file, *image;
	char *path; // the file's whole one, which the image tells
	char *temporary;
};

static int usage_error(const char *sentence, const char *word)
{
	fprintf(stderr, "wadi-dns: compile: %s%s; wadi-dns --help tells more\n", sentence, word);
	return APP_EXIT_USAGE;
}

static int take_zone(struct compile *compile, const char *text)
{
	static const uint8_t root[] = {0};
	const char *equals = strchr(text, '='), *sentence;

	if (!equals || equals[1] == '\0')
		return usage_error("--zone takes ORIGIN=FILE, not ", text);
	if (compile->file)
		return usage_error("an image holds one zone; too much is --zone ", text);
	if (!dns_name_parse(&compile->origin, text, (size_t)(equals - text), root, &sentence)) {
		fprintf(stderr,
		        "wadi-dns: compile: --zone %s: the origin is not a domain name: %s\n", text,
		        sentence);
		return APP_EXIT_USAGE;
	}
	compile->file = equals + 1;
	return APP_EXIT_DONE;
}

static int take_as(struct compile *compile, const char *text)
{
	struct why why;

	if (dns_checks_set(&compile->policy, text, &why))
		return APP_EXIT_DONE;
	return usage_error("--as: ", why.text);
}

static int take_option(struct compile *compile, const char *option, const char *value)
{
	bool zone = strcmp(option, "--zone") == 0, as = strcmp(option, "--as") == 0;

	if (!zone && !as && strcmp(option, "-o") != 0)
		return usage_error("it takes --zone ORIGIN=FILE and -o IMAGE, not ", option);
	if (!value)
		return usage_error("a value is missing behind ", option);
	if (zone)
		return take_zone(compile, value);
	if (as)
		return take_as(compile, value);
	compile->image = value;
	return APP_EXIT_DONE;
}

static int parse(struct compile *compile, const struct app_call *call)
{
	int status = APP_EXIT_DONE;

	for (int i = 0; i < call->words_len && status == APP_EXIT_DONE; i++) {
		const char *word = call->words[i];

		if (strcmp(word, "--strict") == 0) {
			compile->policy.strict = true;
			continue;
		}
		i++;
		status = take_option(compile, word, i < call->words_len ? call->words[i] : NULL);
	}
	if (status == APP_EXIT_DONE && (!compile->file || !compile->image))
		return usage_error("it takes both --zone ORIGIN=FILE and -o IMAGE", "");
	return status;
}

static void print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
}

static int write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

// Under another name, so that nobody maps half a file and what is mapped stays.
static int write_temporary(struct compile *compile, const struct zone_stored *stored)
{
	int fd, err;

	if (asprintf(&compile->temporary, "%s.XXXXXX", compile->image) < 0) {
		compile->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(compile->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, &stored->hdr, sizeof(stored->hdr));
	if (!err)
		err = write_all(fd, stored->image, stored->image_bytes);
	if (!err)
		err = write_all(fd, stored->sources, stored->sources_bytes);
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (err)
		unlink(compile->temporary);
	return err;
}

// What is written has to be taken by a server, this minute at least. It takes the
// image's place, or is gone.
static int take_place(struct compile *compile)
{
	struct zone *zone = zone_stored_open(compile->temporary, compile->origin.wire, NULL,
	                                     print_report, NULL);
	int err = zone ? 0 : -EINVAL;

	zone_put(zone);
	if (!err && rename(compile->temporary, compile->image) < 0) {
		err = -errno;
		fprintf(stderr, "wadi-dns: compile: %s cannot take its place: %s\n", compile->image,
		        strerror(-err));
	}
	if (err)
		unlink(compile->temporary);
	return err;
}

static int write_image(struct compile *compile, const struct zone *zone)
{
	struct zone_stored stored;
	int err = zone_stored_init(&stored, zone);

	if (!err)
		err = write_temporary(compile, &stored);
	if (err)
		fprintf(stderr, "wadi-dns: compile: %s cannot be written: %s\n", compile->image,
		        strerror(-err));
	else
		err = take_place(compile);
	zone_stored_fini(&stored);
	return err;
}

// With all cores, when the zone is large. NULL when its reports tell what is wrong.
static struct zone *load(struct compile *compile)
{
	struct zone_options options = dns_checks_options(&compile->policy, seed_os());
	unsigned threads = zone_read_threads();
	struct crew crew;
	struct zone *zone;

	crew_open(&crew, threads - 1, NULL, NULL);
	if (threads > 1)
		options.crew = &crew.zone;
	// What cannot be found is the reader's to tell.
	compile->path = realpath(compile->file, NULL);
	zone = zone_load(compile->path ? compile->path : compile->file, compile->origin.wire,
	                 &options, print_report, NULL);
	crew_close(&crew);
	return zone;
}

static int run(struct compile *compile)
{
	struct zone *zone = load(compile);
	int err = zone ? write_image(compile, zone) : -EINVAL;

	if (!err)
		printf("%s: serial %u, %ju records, %ju names, %zu bytes\n", compile->image,
		       zone_serial(zone), (uintmax_t)zone_records(zone),
		       (uintmax_t)zone_names(zone), zone_bytes(zone));
	zone_put(zone);
	return err ? APP_EXIT_FAILED : APP_EXIT_DONE;
}

int compile_command(const struct app_call *call)
{
	const struct dns_conf *conf = call->conf;
	struct compile compile = {.image = NULL};
	int status;

	if (conf)
		compile.policy = dns_checks_policy(&conf->checks);
	status = parse(&compile, call);
	if (status == APP_EXIT_DONE)
		status = run(&compile);
	free(compile.path);
	free(compile.temporary);
	return status;
}
