// show: see the header. The appliance is asked for what has come, again and again: it keeps
// packets in a bounded memory and never waits for this program.
#include "apps/ctl/show.h"

#include "apps/ctl/packet_line.h"
#include "apps/ctl/pcapng.h"
#include "core/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 50 // when there was nothing

struct shown {
	const struct show *show;
	struct peer *peer;
	struct why *why;
	FILE *out;
	struct pcapng pcapng;
	struct packet packet;
	uint64_t count, lost;
	sigset_t ends; // blocked signals, which are asked for between replies
};

// The reply to `capture` with these words, or NULL with a sentence in why.
static json_t *ask(const struct shown *shown, json_t *words)
{
	json_t *request = json_pack("{s:s, s:o}", "command", "capture", "words", words);
	json_t *reply = peer_ask(shown->peer, request, shown->why);
	const char *error = json_string_value(json_object_get(reply, "error"));

	json_decref(request);
	if (!error)
		return reply;
	why_set(shown->why, "%s", error);
	json_decref(reply);
	return NULL;
}

// The filter as one text; NULL when it is not UTF-8.
static json_t *filter_json(const struct show *show)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *filter;

	if (!out)
		return NULL;
	for (int i = 0; i < show->words_len; i++)
		fprintf(out, "%s%s", i ? " " : "", show->words[i]);
	fclose(out);
	filter = json_string(text);
	free(text);
	return filter;
}

static int begin(struct shown *shown)
{
	json_t *filter = filter_json(shown->show), *words, *reply;

	if (!filter)
		return why_fail(shown->why, -EINVAL, "the filter is not UTF-8 text");
	words = json_pack("[s, o]", "start", filter);
	if (shown->show->snap)
		json_array_append_new(words, json_sprintf("%ju", (uintmax_t)shown->show->snap));
	reply = ask(shown, words);
	if (!reply)
		return -EINVAL;
	json_decref(reply);
	fprintf(stderr, "wadi-ctl: packets are watched; Ctrl-C ends\n");
	return 0;
}

static bool is_full(const struct shown *shown)
{
	return shown->show->count && shown->count >= shown->show->count;
}

static void put_packet(struct shown *shown, const json_t *row)
{
	if (shown->show->file)
		pcapng_put(&shown->pcapng, &shown->packet, shown->lost);
	else if (shown->show->json) {
		json_dumpf(row, shown->out, JSON_COMPACT);
		fputc('\n', shown->out);
	} else
		packet_line(&shown->packet, shown->out);
	shown->count++;
}

// Shows the packets of a reply. How many there were, or negative errno.
static int put_reply(struct shown *shown, const json_t *reply)
{
	const json_t *rows = json_object_get(reply, "packets"), *row;
	size_t i;

	shown->lost = (uint64_t)json_integer_value(json_object_get(reply, "lost"));
	json_array_foreach (rows, i, row) {
		if (is_full(shown))
			break;
		if (!packet_read(&shown->packet, row))
			return why_fail(shown->why, -EBADMSG,
			                "the appliance sent a packet that "
			                "cannot be read: is it of another "
			                "version?");
		put_packet(shown, row);
	}
	fflush(shown->out);
	return (int)json_array_size(rows);
}

// As put_reply, of what has come by now.
static int put_next(struct shown *shown, bool *armed)
{
	json_t *reply = ask(shown, json_pack("[s]", "next"));
	int n = reply ? put_reply(shown, reply) : -EPIPE;

	*armed = json_is_true(json_object_get(reply, "armed"));
	json_decref(reply);
	return n;
}

// Whether a signal has come, for which this waits when there was nothing to show.
static bool is_ended(const struct shown *shown, int shown_now)
{
	const struct timespec wait = {0, shown_now ? 0 : PAUSE_MS * 1000000L};

	return sigtimedwait(&shown->ends, NULL, &wait) > 0;
}

static int follow(struct shown *shown)
{
	mono_t until = shown->show->seconds
	                       ? mono_add(clock_kernel(), shown->show->seconds * SEC_US)
	                       : MONO_NEVER;
	bool armed = true;
	int n;

	do {
		n = put_next(shown, &armed);
	} while (n >= 0 && armed && !is_full(shown) && !ferror(shown->out) &&
	         !mono_due(until, clock_kernel()) && !is_ended(shown, n));
	return n < 0 ? n : 0;
}

// Disarms, and shows what had come before.
static int finish(struct shown *shown)
{
	json_t *reply = ask(shown, json_pack("[s]", "stop"));
	bool armed;
	int n;

	if (!reply)
		return -EPIPE;
	json_decref(reply);
	do {
		n = put_next(shown, &armed);
	} while (n > 0 && !is_full(shown) && !ferror(shown->out));
	return n < 0 ? n : 0;
}

// A file that was there is written over only when it is an ordinary one of the user's.
static FILE *open_file(const char *file, struct why *why)
{
	int fd = strcmp(file, "-") == 0
	                 ? dup(STDOUT_FILENO)
	                 : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (out)
		return out;
	why_set(why, "%s cannot be written: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int close_file(struct shown *shown, int err)
{
	bool failed = ferror(shown->out);

	if (fclose(shown->out) != 0 || failed)
		return err ? err
		           : why_fail(shown->why, -EIO, "%s cannot be written: %s",
		                      shown->show->file, strerror(errno ? errno : EIO));
	return err;
}

static int show_all(struct shown *shown)
{
	int err = follow(shown);

	if (!err)
		err = finish(shown);
	fprintf(stderr, "wadi-ctl: %ju packets; %ju more found no room in the appliance\n",
	        (uintmax_t)shown->count, (uintmax_t)shown->lost);
	return err;
}

static int show_in_file(struct shown *shown)
{
	shown->out = open_file(shown->show->file, shown->why);
	if (!shown->out)
		return -EIO;
	pcapng_open(&shown->pcapng, shown->out, "wadi-ctl " WADI_VERSION);
	return close_file(shown, show_all(shown));
}

int show_run(const struct show *show, struct peer *peer, struct why *why)
{
	struct shown *shown = calloc(1, sizeof(*shown));
	sigset_t before;
	int err;

	if (!shown)
		return why_no_memory(why, "packets");
	*shown = (struct shown){.show = show, .peer = peer, .why = why, .out = stdout};
	sigemptyset(&shown->ends);
	sigaddset(&shown->ends, SIGINT);
	sigaddset(&shown->ends, SIGTERM);
	sigaddset(&shown->ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &shown->ends, &before);
	// A filter that is refused leaves the file as it was.
	err = begin(shown);
	if (!err)
		err = show->file ? show_in_file(shown) : show_all(shown);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(shown);
	return err;
}
