// web_content: see the header.
#include "apps/web/web_content.h"

#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SWEEP_US  (1 * SEC_US)
#define SETTLE_US (200 * MS_US)

#define WATCH_EVENTS                                                                               \
	(IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF |   \
	 IN_MOVE_SELF | IN_ATTRIB)

static void content_free(struct web_content *content)
{
	for (size_t i = 0; content && i < content->sites_len; i++) {
		free(content->sites[i].host);
		site_free(content->sites[i].site);
	}
	if (content)
		free(content->sites);
	free(content);
}

// The site that is served now from the same directory, whose files may be shared.
static const struct site *site_before(const struct web_content *before, const char *directory)
{
	for (size_t i = 0; before && i < before->sites_len; i++)
		if (strcmp(before->sites[i].site->directories[0], directory) == 0)
			return before->sites[i].site;
	return NULL;
}

static struct web_content *content_read(const struct web_publisher *publisher, struct why *why)
{
	const struct web_site_conf *items = publisher->sites.items;
	const struct web_content *before = swap_read(&publisher->current);
	struct web_content *content = line_alloc(1, sizeof(*content));

	if (content)
		content->sites = calloc(publisher->sites.len, sizeof(content->sites[0]));
	if (!content || !content->sites) {
		free(content);
		why_no_memory(why, "the sites");
		return NULL;
	}
	for (size_t i = 0; i < publisher->sites.len; i++) {
		content->sites[i].host = strdup(items[i].host);
		content->sites[i].site =
		        site_read(items[i].directory, site_before(before, items[i].directory),
		                  &publisher->limits, why);
		content->sites_len++;
		if (!content->sites[i].site || !content->sites[i].host) {
			content_free(content);
			return NULL;
		}
	}
	return content;
}

static bool is_held(const struct web_content *content)
{
	for (unsigned i = 0; i < BOOT_WORKERS_MAX; i++)
		if (atomic_load_explicit(&content->hold[i].answers.value, memory_order_acquire))
			return true;
	return false;
}

// Frees what was replaced and no answer holds.
static void sweep_fire(struct wheel_timer *timer, mono_t now)
{
	struct web_publisher *publisher = CONTAINER_OF(timer, struct web_publisher, sweep);
	struct web_content **at = &publisher->replaced;

	while (*at) {
		struct web_content *content = *at;

		if (is_held(content)) {
			at = &content->next;
			continue;
		}
		*at = content->next;
		content_free(content);
	}
	if (publisher->replaced)
		wheel_add(&publisher->env->loop->wheel, timer, mono_add(now, SWEEP_US));
}

static void watch_close(struct web_publisher *publisher)
{
	if (publisher->watch.fd < 0)
		return;
	control_loop_del(publisher->env->loop, &publisher->watch);
	close(publisher->watch.fd);
	publisher->watch.fd = -1;
}

// Watches the directories of the sites in use; those that are watched already stay so, and those
// that are gone are not any more. Without a watch they are read at reloads only.
static void watch_sites(struct web_publisher *publisher)
{
	const struct web_content *content = swap_read(&publisher->current);
	int err = 0;

	if (publisher->watch.fd < 0)
		return;
	for (size_t i = 0; i < content->sites_len; i++) {
		const struct site *site = content->sites[i].site;

		for (size_t k = 0; k < site->directories_len; k++)
			if (inotify_add_watch(publisher->watch.fd, site->directories[k],
			                      WATCH_EVENTS) < 0)
				err = errno;
	}
	if (err)
		log_warning("changes of some files cannot be watched: %s", strerror(err));
}

// The descriptor is made before the process gives up its rights.
static int watch_open(struct web_publisher *publisher, struct why *why)
{
	int err;

	publisher->watch.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (publisher->watch.fd < 0)
		return why_fail(why, -errno,
		                "changes of files cannot be watched: %s; set web.watch",
		                strerror(errno));
	err = control_loop_add(publisher->env->loop, &publisher->watch, POLLIN);
	if (!err)
		return 0;
	close(publisher->watch.fd);
	publisher->watch.fd = -1;
	return why_fail(why, err, "changes of files cannot be watched: %s", strerror(-err));
}

static int publish(struct web_publisher *publisher, struct why *why)
{
	struct web_content *next = content_read(publisher, why), *before;

	if (!next)
		return -EINVAL;
	before = swap_publish(&publisher->current, next, publisher->env->pipelines,
	                      publisher->env->workers_len);
	before->next = publisher->replaced;
	publisher->replaced = before;
	if (!wheel_timer_armed(&publisher->sweep))
		wheel_add(&publisher->env->loop->wheel, &publisher->sweep,
		          mono_add(clock_kernel(), SWEEP_US));
	watch_sites(publisher);
	return 0;
}

static void settle_fire(struct wheel_timer *timer, mono_t now)
{
	struct web_publisher *publisher = CONTAINER_OF(timer, struct web_publisher, settle);
	struct why why;

	if (publish(publisher, &why) == 0)
		log_info("files have changed, and are served");
	else
		log_error("files have changed; those before are served: %s", why.text);
}

// Something changed: waits until nothing does for a moment.
static void watch_ready(struct control_watch *watch, unsigned events, mono_t now)
{
	struct web_publisher *publisher = CONTAINER_OF(watch, struct web_publisher, watch);
	_Alignas(struct inotify_event) char changes[4096];

	while (read(watch->fd, changes, sizeof(changes)) > 0)
		;
	wheel_add(&publisher->env->loop->wheel, &publisher->settle, mono_add(now, SETTLE_US));
}

static void sites_free(struct conf_list *sites)
{
	struct web_site_conf *items = sites->items;

	for (size_t i = 0; i < sites->len; i++) {
		free((char *)(uintptr_t)items[i].host);
		free((char *)(uintptr_t)items[i].directory);
	}
	free(items);
	*sites = (struct conf_list){0};
}

static int sites_copy(struct conf_list *to, const struct conf_list *from)
{
	const struct web_site_conf *items = from->items;
	struct web_site_conf *copies = calloc(from->len, sizeof(*copies));

	*to = (struct conf_list){.items = copies, .len = copies ? from->len : 0};
	for (size_t i = 0; i < to->len; i++) {
		copies[i].host = strdup(items[i].host);
		copies[i].directory = strdup(items[i].directory);
		if (copies[i].host && copies[i].directory)
			continue;
		sites_free(to);
		break;
	}
	return to->len ? 0 : -ENOMEM;
}

int web_content_open(struct web_publisher *publisher, const struct web_conf *conf,
                     const struct service_env *env, struct why *why)
{
	struct web_content *content;

	publisher->env = env;
	publisher->watch = (struct control_watch){-1, watch_ready};
	publisher->limits = (struct site_limits){conf->max_files, conf->max_bytes};
	wheel_timer_init(&publisher->sweep, sweep_fire);
	wheel_timer_init(&publisher->settle, settle_fire);
	swap_init(&publisher->current, NULL);
	if (sites_copy(&publisher->sites, &conf->sites))
		return why_no_memory(why, "the list of sites");
	content = content_read(publisher, why);
	if (!content)
		return -EINVAL;
	swap_init(&publisher->current, content);
	if (conf->watch && watch_open(publisher, why))
		return -EIO;
	watch_sites(publisher);
	return 0;
}

void web_content_close(struct web_publisher *publisher)
{
	if (!publisher->env)
		return;
	watch_close(publisher);
	wheel_del(&publisher->env->loop->wheel, &publisher->sweep);
	wheel_del(&publisher->env->loop->wheel, &publisher->settle);
	while (publisher->replaced) {
		struct web_content *next = publisher->replaced->next;

		content_free(publisher->replaced);
		publisher->replaced = next;
	}
	content_free(swap_read(&publisher->current));
	sites_free(&publisher->sites);
}

int web_content_reload(struct web_publisher *publisher, const struct web_conf *conf,
                       struct why *why)
{
	struct site_limits limits = publisher->limits;
	struct conf_list before = publisher->sites;
	int err;

	if (sites_copy(&publisher->sites, &conf->sites)) {
		publisher->sites = before;
		return why_no_memory(why, "the list of sites");
	}
	publisher->limits = (struct site_limits){conf->max_files, conf->max_bytes};
	err = publish(publisher, why);
	if (err) {
		sites_free(&publisher->sites);
		publisher->sites = before;
		publisher->limits = limits;
		return err;
	}
	sites_free(&before);
	return 0;
}

const struct site *web_content_site(const struct web_content *content, struct span host)
{
	for (size_t i = 0; i < content->sites_len; i++)
		if (strlen(content->sites[i].host) == span_left(&host) &&
		    strncasecmp(content->sites[i].host, (const char *)host.p, span_left(&host)) ==
		            0)
			return content->sites[i].site;
	return content->sites[0].site;
}
