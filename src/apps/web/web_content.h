// web_content: the sites in use, as the control thread publishes them and workers read them.
// Answers in progress hold what they were begun from, which is freed when the last of them has
// ended.
#ifndef APPS_WEB_WEB_CONTENT_H
#define APPS_WEB_WEB_CONTENT_H

#include "apps/boot/boot.h"
#include "apps/web/site.h"
#include "apps/web/web_conf.h"
#include "core/host/swap.h"

// One worker writes it.
struct web_hold {
	CACHE_ALIGNED counter_t answers;
};

struct web_content {
	struct web_content *next; // of those that were replaced
	size_t sites_len;
	struct {
		char *host;
		struct site *site;
	} * sites;
	struct web_hold hold[BOOT_WORKERS_MAX];
};

struct web_publisher {
	const struct service_env *env;
	struct swap current; // to a struct web_content
	struct web_content *replaced;
	struct wheel_timer sweep;
	// Changes of files: descriptor of inotify, -1: none.
	struct control_watch watch;
	struct wheel_timer settle; // a moment after the last change, all that changed is read
	struct conf_list sites;    // copies of the configuration's
	struct site_limits limits;
};

// Reads all sites. 0, or negative errno with a sentence in why.
int web_content_open(struct web_publisher *publisher, const struct web_conf *conf,
                     const struct service_env *env, struct why *why) MUST_CHECK;
// No worker exists any more. All zeros may be closed.
void web_content_close(struct web_publisher *publisher);

// Reads what has changed, and publishes it. 0, or negative errno with a sentence in why; nothing
// has changed then.
int web_content_reload(struct web_publisher *publisher, const struct web_conf *conf,
                       struct why *why) MUST_CHECK;

// Worker: the site of a Host, without its port; the first one when none has it.
const struct site *web_content_site(const struct web_content *content, struct span host);

// Worker: an answer refers to the content from now on; and no more.
static inline void web_content_hold(struct web_content *content, unsigned worker)
{
	counter_add(&content->hold[worker].answers, 1);
}
static inline void web_content_release(struct web_content *content, unsigned worker)
{
	counter_t *answers = &content->hold[worker].answers;

	// The worker's reads of the content come before the control thread frees it.
	atomic_store_explicit(&answers->value, counter_get(answers) - 1, memory_order_release);
}

#endif
