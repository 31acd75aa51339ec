// greet: wadi-greet: a page, an answer in JSON, and a stream of events. docs/tutorial-web.md builds
// it step by step; the first step is hello.c.
#include <wadi/wadi.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define GREET_FOLLOWERS 64 // of the stream, of each worker

struct greet_conf {
	uint64_t port;
};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct greet_conf, port), "80", 1, 65535,
         .help = "The TCP port."},
        {0},
};
static const struct conf_section section = {sizeof(struct greet_conf), keys};

// Of one worker.
struct greet {
	struct http_links *links;
	struct wheel *wheel;
	struct wheel_timer tick;
	uint64_t greeted;
	struct http_exchange *follower[GREET_FOLLOWERS]; // NULL: a free place
};

enum { GREET_PAGE, GREET_NAME, GREET_EVENTS };

static const struct http_route routes[] = {
        {"/", 1 << HTTP_GET, GREET_PAGE},
        {"/greet/{text}", 1 << HTTP_GET, GREET_NAME},
        {"/events", 1 << HTTP_GET, GREET_EVENTS},
        {0},
};

static const char page[] =
        "<!doctype html>\n"
        "<meta charset=utf-8>\n"
        "<title>wadi-greet</title>\n"
        "<p><a href=/greet/reader>Greet</a>. Greeted so far: <b id=n>?</b>\n"
        "<script>new EventSource('/events').onmessage = e => n.textContent = e.data</script>\n";

// The page does not change, so it is held and not copied.
static void answer_page(struct http_exchange *exchange, mono_t now)
{
	struct http_reply reply;

	http_reply_init(&reply, 200);
	http_reply_text(&reply, "Content-Type", "text/html; charset=utf-8");
	http_reply_held(&reply, page, sizeof(page) - 1);
	http_exchange_answer(exchange, &reply, now);
}

// The writer cannot be made to write anything but JSON, whatever the name is.
static void answer_name(struct http_exchange *exchange, struct span name, mono_t now)
{
	struct greet *greet = exchange->ctx;
	char bytes[HTTP_REPLY_COPY_BYTES];
	struct write_out out = {.fill = fill_of(bytes, sizeof(bytes))};
	struct write_json json;
	struct http_reply reply;

	write_json_init(&json, &out);
	write_json_object(&json);
	write_json_key(&json, "hello");
	write_json_span(&json, name);
	write_json_key(&json, "number");
	write_json_uint(&json, ++greet->greeted);
	if (!write_json_end(&json)) {
		http_exchange_answer_text(exchange, 500, "The name is too long.\n", now);
		return;
	}
	http_reply_init(&reply, 200);
	http_reply_bytes(&reply, "application/json", bytes, fill_len(&out.fill));
	http_exchange_answer(exchange, &reply, now);
}

// An answer without an end: each tick writes an event into it.
static void answer_events(struct http_exchange *exchange, mono_t now)
{
	struct greet *greet = exchange->ctx;
	struct http_reply reply;

	for (unsigned i = 0; i < GREET_FOLLOWERS; i++) {
		if (greet->follower[i])
			continue;
		greet->follower[i] = exchange;
		exchange->state = &greet->follower[i];
		http_reply_init(&reply, 200);
		http_reply_text(&reply, "Content-Type", "text/event-stream");
		http_reply_stream(&reply, HTTP_REPLY_UNKNOWN);
		http_exchange_answer(exchange, &reply, now);
		return;
	}
	http_exchange_answer_text(exchange, 503, "Too many follow the events.\n", now);
}

// Writes an event to each follower. One that has no room for so little does not read: it is reset.
static void tick(struct wheel_timer *timer, mono_t now)
{
	struct greet *greet = CONTAINER_OF(timer, struct greet, tick);
	char event[64];
	uint32_t len = (uint32_t)snprintf(event, sizeof(event), "data: %ju\n\n",
	                                  (uintmax_t)greet->greeted);

	for (unsigned i = 0; i < GREET_FOLLOWERS; i++) {
		struct http_exchange *follower = greet->follower[i];

		if (follower && http_exchange_write(follower, event, len, now) < len)
			http_exchange_abort(follower);
	}
	wheel_add(greet->wheel, timer, mono_add(now, SEC_US));
}

static void on_request(struct http_exchange *exchange, mono_t now)
{
	struct http_route_match match;

	if (!http_exchange_route(exchange, routes, &match, now))
		return;
	if (match.id == GREET_PAGE)
		answer_page(exchange, now);
	else if (match.id == GREET_NAME)
		answer_name(exchange, match.params[0].text, now);
	else
		answer_events(exchange, now);
}

// The last call of each exchange: of a follower, its place is free again.
static void on_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	struct http_exchange **place = exchange->state;

	if (place)
		*place = NULL;
}

static const struct http_handler handler = {.request = on_request, .closed = on_closed};

static int greet_open(void **state, const void *conf, const struct service_env *env,
                      struct why *why)
{
	*state = (void *)(uintptr_t)conf; // valid until close
	return 0;
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	const struct greet_conf *conf = state;
	const struct http_links_conf links = {.connections = 1000,
	                                      .per_client = 100,
	                                      .prefix = {32, 64},
	                                      .buffers = 64,
	                                      .limits = &http_limits_default};
	struct greet *greet = calloc(1, sizeof(*greet));
	struct http_listener_conf listener = {
	        .port = (uint16_t)conf->port, .handler = &handler, .ctx = greet};
	int err = -ENOMEM;

	if (greet)
		greet->links = http_links_open(&links, worker, why);
	if (greet && greet->links)
		err = http_links_listen(greet->links, &listener, why);
	if (err) {
		if (greet)
			http_links_close(greet->links);
		free(greet);
		return err;
	}
	worker->state = greet;
	greet->wheel = &worker->pipeline->wheel;
	wheel_timer_init(&greet->tick, tick);
	wheel_add(greet->wheel, &greet->tick, (mono_t){0});
	return 0;
}

static void worker_close(void *state, struct service_worker *worker)
{
	struct greet *greet = worker->state;

	wheel_del(greet->wheel, &greet->tick);
	http_links_close(greet->links);
	free(greet);
}

static const struct service service = {.name = "greet",
                                       .help = "The port.",
                                       .section = &section,
                                       .open = greet_open,
                                       .worker_open = worker_open,
                                       .worker_close = worker_close};

static const struct appliance appliance = {
        .name = "wadi-greet",
        .summary = "a page, an answer in JSON, and a stream of events over HTTP",
        .text = "The appliance that docs/tutorial-web.md builds.",
        .services = (const struct service *const[]){&service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}
