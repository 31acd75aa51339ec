// lines: see the header. A client is a struct of its own, found by the channel's ctx. While a part
// of an answer has no room, nothing more is read from its client; so one that does not read
// stops itself, by TCP's window, and costs a bounded amount of memory.
#include "lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_BYTES (LINES_BUFFER_BYTES + 128)

struct lines_client {
	struct lines *lines;
	struct channel *channel;
	struct lines_client *prev, *next;
	struct wheel_timer timer; // idle, or paused
	bool paused;              // reads nothing until the timer fires
	uint64_t count, counted;  // lines to be sent, and how many of them were
	uint64_t sum_left, sum;   // bytes to be added up
	uint32_t answer_at, answer_len;
	char answer[ANSWER_BYTES]; // what is not sent yet
	char name[ADDR_TEXT_BYTES + 8];
};

// False: the rest waits for room.
static bool send_answer(struct lines_client *client)
{
	uint32_t n = channel_write(client->channel, client->answer + client->answer_at,
	                           client->answer_len - client->answer_at);

	client->answer_at += n;
	if (client->answer_at < client->answer_len)
		return false;
	client->answer_at = client->answer_len = 0;
	return true;
}

// Only when the answer before was sent whole.
static void PRINTF(2, 3) answer(struct lines_client *client, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(client->answer, sizeof(client->answer), fmt, args);
	va_end(args);
	client->answer_len = (uint32_t)size_min((size_t)len, sizeof(client->answer) - 1);
	send_answer(client);
}

static void set_timer(struct lines_client *client, uint64_t us, mono_t now)
{
	wheel_add(&client->lines->loop->wheel, &client->timer, mono_add(now, us));
}

static void run_time(struct lines_client *client, const char *text, mono_t now)
{
	answer(client, "%" PRIu64 "\n", now.us / SEC_US);
}

static void run_who(struct lines_client *client, const char *text, mono_t now)
{
	answer(client, "%s, one of %" PRIu64 "\n", client->name, client->lines->now);
}

// To all others; those that do not read miss it.
static void run_say(struct lines_client *client, const char *text, mono_t now)
{
	for (struct lines_client *other = client->lines->first; other; other = other->next) {
		if (other == client)
			continue;
		if (other->answer_len == 0 && other->count == other->counted)
			answer(other, "%s: %s\n", client->name, text);
		else
			client->lines->unheard++;
	}
}

static void run_count(struct lines_client *client, const char *text, mono_t now)
{
	client->count = strtoull(text, NULL, 10);
	client->counted = 0;
}

static void run_sum(struct lines_client *client, const char *text, mono_t now)
{
	client->sum_left = strtoull(text, NULL, 10);
	client->sum = 0;
	if (client->sum_left == 0)
		answer(client, "0\n");
}

static void run_pause(struct lines_client *client, const char *text, mono_t now)
{
	client->paused = true;
	set_timer(client, strtoull(text, NULL, 10) % 60000 * MS_US, now);
}

static void run_quit(struct lines_client *client, const char *text, mono_t now)
{
	answer(client, "bye\n");
	channel_close(client->channel);
}

static const struct {
	const char *name;
	void (*run)(struct lines_client *client, const char *text, mono_t now);
} commands[] = {
        {"time", run_time},   // the seconds of a clock
        {"who", run_who},     // the client's address, and how many there are
        {"say", run_say},     // a text to all others
        {"count", run_count}, // that many lines
        {"sum", run_sum},     // of that many bytes, which follow
        {"pause", run_pause}, // reads nothing for that many milliseconds
        {"quit", run_quit},
};

static void run(struct lines_client *client, char *line, mono_t now)
{
	size_t len = strcspn(line, " ");
	const char *text = line[len] ? line + len + 1 : "";

	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		if (strlen(commands[i].name) == len && memcmp(commands[i].name, line, len) == 0) {
			commands[i].run(client, text, now);
			return;
		}
	answer(client, "there is no command '%.*s'\n", (int)size_min(len, 40), line);
}

// False: the rest waits for room.
static bool send_count(struct lines_client *client)
{
	while (client->counted < client->count) {
		answer(client, "%" PRIu64 "\n", ++client->counted);
		if (client->answer_len > 0)
			return false;
	}
	return true;
}

// Adds up the bytes in the pages in which they came. False: more have to come.
static bool add_up(struct lines_client *client)
{
	while (client->sum_left > 0) {
		uint32_t len;
		const uint8_t *bytes = channel_peek(client->channel, &len);

		len = (uint32_t)u64_min(len, client->sum_left);
		if (len == 0)
			return false;
		for (uint32_t i = 0; i < len; i++)
			client->sum += bytes[i];
		channel_skip(client->channel, len);
		client->sum_left -= len;
		if (client->sum_left == 0)
			answer(client, "%" PRIu64 "\n", client->sum);
	}
	return true;
}

// Does all that can be done now.
static void go_on(struct lines_client *client, mono_t now)
{
	enum channel_got got = CHANNEL_GOT;
	uint32_t len;
	char *line;

	while (got == CHANNEL_GOT && !client->paused) {
		if (!send_answer(client) || !send_count(client))
			return;
		if (!add_up(client)) {
			if (channel_ended(client->channel))
				channel_abort(client->channel);
			return;
		}
		if (client->answer_len > 0)
			return;
		got = channel_read_line(client->channel, LINES_BUFFER_BYTES, &line, &len);
		if (got == CHANNEL_GOT)
			run(client, line, now);
	}
	if (got == CHANNEL_TOO_LONG) {
		answer(client, "the line is too long\n");
		channel_close(client->channel);
	} else if (got == CHANNEL_END) {
		channel_close(client->channel);
	}
}

static void lines_event(void *ctx, struct channel *channel, mono_t now)
{
	struct lines_client *client = ctx;

	if (!client->paused)
		set_timer(client, client->lines->conf->idle_s * SEC_US, now);
	go_on(client, now);
}

static void lines_timer(struct wheel_timer *timer, mono_t now)
{
	struct lines_client *client = CONTAINER_OF(timer, struct lines_client, timer);

	if (!client->paused) {
		channel_abort(client->channel); // idle
		return;
	}
	client->paused = false;
	set_timer(client, client->lines->conf->idle_s * SEC_US, now);
	go_on(client, now);
}

static void lines_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	struct lines_client *client = ctx;

	wheel_del(&client->lines->loop->wheel, &client->timer);
	if (client->next)
		client->next->prev = client->prev;
	if (client->prev)
		client->prev->next = client->next;
	else
		client->lines->first = client->next;
	client->lines->now--;
	free(client);
}

static const struct channel_ops client_ops = {
        .readable = lines_event, .writable = lines_event, .closed = lines_closed};

static void lines_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct lines *lines = ctx;
	struct lines_client *client = calloc(1, sizeof(*client));
	struct tcp_peers peers = channel_peers(channel);
	char address[ADDR_TEXT_BYTES];

	if (!client) {
		channel_abort(channel);
		return;
	}
	client->lines = lines;
	client->channel = channel;
	addr_text(peers.remote, address);
	snprintf(client->name, sizeof(client->name), "%s %u", address, peers.remote_port);
	wheel_timer_init(&client->timer, lines_timer);
	set_timer(client, lines->conf->idle_s * SEC_US, now);
	client->next = lines->first;
	if (lines->first)
		lines->first->prev = client;
	lines->first = client;
	lines->now++;
	lines->ever++;
	channel_set_handler(channel, &client_ops, client);
}

const struct channel_ops lines_ops = {.opened = lines_opened};
