// health: see the header.
#include "apps/boot/health.h"

#include "apps/boot/boot_internal.h"
#include "core/host/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// A pool is nearly empty when less than one page in 32 is free.
#define FREE_PAGES_PART 32

void health_init(struct health *health)
{
	*health = (struct health){.checks = json_array()};
}

const char *health_state_name(enum health_state state)
{
	static const char *const names[] = {
	        [HEALTH_OK] = "ok", [HEALTH_WARNING] = "warning", [HEALTH_FAILED] = "failed"};

	return names[state];
}

void health_add(struct health *health, const char *check, enum health_state state, const char *fmt,
                ...)
{
	struct why text;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text.text, sizeof(text.text), fmt, args);
	va_end(args);
	json_array_append_new(health->checks,
	                      json_pack("{s:s, s:s, s:o}", "check", check, "state",
	                                health_state_name(state), "detail", json_text(text.text)));
	if (state > health->worst)
		health->worst = state;
}

static void check_workers(const struct probe *probe, struct health *health)
{
	mono_t now = clock_kernel();
	char list[256] = "";
	size_t len = 0;
	unsigned hung = 0;

	for (unsigned i = 0; i < probe->len; i++) {
		const struct probe_job *job = &probe->job[i];

		if (probe_is_done(job))
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%u (%ju ms)",
		                        hung++ ? ", " : "", i,
		                        (uintmax_t)(mono_until(job->posted, now) / MS_US));
		len = size_min(len, sizeof(list) - 1);
	}
	if (!hung)
		health_add(health, "workers", HEALTH_OK, "%u of %u take their turns", probe->len,
		           probe->len);
	else
		health_add(health, "workers", HEALTH_FAILED,
		           "%u of %u take no turn, numbers with the time since they were asked: "
		           "%s; trace shows what they did last, a restart ends it",
		           hung, probe->len, list);
}

// How the workers that are done answered one question.
static void check_question(const struct probe *probe, unsigned question, struct health *health)
{
	const struct probe_question *asked = NULL;
	unsigned workers = 0, replies = 0, wrong = 0;
	const struct probe_result *first = NULL;
	char name[64];
	unsigned at = 0;

	for (unsigned i = 0; i < probe->len; i++) {
		const struct probe_job *job = &probe->job[i];
		const struct probe_result *result = &job->result[question];

		if (!probe_is_done(job))
			continue;
		asked = &job->question[question];
		workers++;
		replies += result->answered;
		wrong += result->asked - result->answered;
		if (!first && result->asked > result->answered) {
			first = result;
			at = i;
		}
	}
	if (!asked)
		return;
	snprintf(name, sizeof(name), "%s.answers", asked->service->name);
	if (wrong)
		health_add(health, name, HEALTH_FAILED,
		           "%s: %u of %u replies are wrong: worker %u %s", asked->datagram.text,
		           wrong, wrong + replies, at, first->why.text);
	else if (!replies)
		health_add(health, name, HEALTH_FAILED,
		           "%s: not asked, since no port uses an address yet",
		           asked->datagram.text);
	else
		health_add(health, name, HEALTH_OK, "%s: %u replies of %u workers",
		           asked->datagram.text, replies, workers);
}

static void check_questions(const struct probe *probe, struct health *health)
{
	unsigned questions = 0;

	for (unsigned i = 0; i < probe->len; i++)
		if (probe_is_done(&probe->job[i]) && probe->job[i].questions_len > questions)
			questions = probe->job[i].questions_len;
	for (unsigned i = 0; i < questions; i++)
		check_question(probe, i, health);
}

static void check_probe(struct boot *boot, uint64_t patience_us, struct health *health)
{
	struct why why;

	if (probe_run(&boot->probe, &boot->services, boot->workers, boot->workers_len, patience_us,
	              &why)) {
		health_add(health, "workers", HEALTH_FAILED, "%s", why.text);
		return;
	}
	check_workers(&boot->probe, health);
	check_questions(&boot->probe, health);
}

// What is wrong at one port.
struct port_fault {
	bool fatal; // no client, or none beyond the link, gets an answer by it
	struct why why;
};

static bool find_fault(const struct boot *boot, size_t i, struct port_fault *fault)
{
	struct netif *netif = boot->netifs[i];
	struct netif_status status = {.link_up = 1};

	if (netif->ops->status)
		netif->ops->status(netif, &status);
	fault->fatal = true;
	if (status.lost) {
		why_set(&fault->why,
		        "the device %s is lost; ports[].on_device_loss says what "
		        "happens when it is back",
		        netif->device);
		return true;
	}
	if (!status.link_up) {
		why_set(&fault->why, "the link of %s is down", netif->device);
		return true;
	}
	return boot->links.len &&
	       links_fault(&boot->links, (unsigned)i, &fault->fatal, &fault->why);
}

static void check_ports(const struct boot *boot, struct health *health)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	size_t len = boot->values->ports.len, fatal = 0;
	struct port_fault faults[PIPELINE_IFACES_MAX];
	bool found[PIPELINE_IFACES_MAX];

	for (size_t i = 0; i < len; i++) {
		found[i] = find_fault(boot, i, &faults[i]);
		fatal += found[i] && faults[i].fatal;
	}
	for (size_t i = 0; i < len; i++) {
		char name[128];

		snprintf(name, sizeof(name), "ports.%s", ports[i].name);
		if (!found[i])
			health_add(health, name, HEALTH_OK, "up");
		else // while another port serves, clients can be answered
			health_add(health, name,
			           faults[i].fatal && fatal == len ? HEALTH_FAILED : HEALTH_WARNING,
			           "%s", faults[i].why.text);
	}
}

static void check_pools(const struct boot *boot, struct health *health)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	const struct probe *probe = &boot->probe;
	unsigned pools = 0, low = 0;
	struct why why;

	for (unsigned i = 0; i < probe->len; i++) {
		const struct probe_job *job = &probe->job[i];

		for (size_t k = 0; probe_is_done(job) && k < boot->values->ports.len;
		     k++, pools++) {
			uint32_t pages = job->pool[k].pages, free = job->pool[k].free;

			if (free < pages / FREE_PAGES_PART && low++ == 0)
				why_set(&why, "%u of %u pages of worker %u are free at %s", free,
				        pages, i, ports[k].name);
		}
	}
	if (low)
		health_add(health, "pages", HEALTH_WARNING,
		           "%u of %u pools are nearly empty: %s; a larger ports[].pages helps "
		           "against bursts",
		           low, pools, why.text);
	else if (pools)
		health_add(health, "pages", HEALTH_OK, "no pool is nearly empty");
}

static void check_reload(const struct boot *boot, struct health *health)
{
	const struct boot_reloaded *last = &boot->reloaded;
	mono_t now = clock_kernel();
	mono_t good = last->good.us ? last->good : boot->started;

	if (last->failed)
		health_add(health, "reload", HEALTH_WARNING,
		           "the last one, %ju s ago, failed: %s; the last without errors was %ju s "
		           "ago",
		           (uintmax_t)(mono_until(last->at, now) / SEC_US), last->why.text,
		           (uintmax_t)(mono_until(good, now) / SEC_US));
	else
		health_add(health, "reload", HEALTH_OK, "the last %s was %ju s ago",
		           last->good.us ? "reload" : "start",
		           (uintmax_t)(mono_until(good, now) / SEC_US));
}

json_t *health_run(struct boot *boot, uint64_t patience_us)
{
	struct health health;

	health_init(&health);
	check_probe(boot, patience_us, &health);
	for (unsigned i = 0; i < boot->services.len; i++)
		if (boot->services.service[i]->health)
			boot->services.service[i]->health(boot->services.state[i], &health);
	check_ports(boot, &health);
	check_pools(boot, &health);
	check_reload(boot, &health);
	if (wheel_timer_armed(&boot->lame_duck))
		health_add(&health, "stopping", HEALTH_FAILED,
		           "a signal asked for the end, for which lame_duck_ms has clients turn to "
		           "other servers; queries are answered until then");
	if (drain_is_on(&boot->drain))
		health_add(&health, "stopping", HEALTH_FAILED,
		           "a signal asked for the end, which waits for answers in progress "
		           "(drain_ms); no TCP connection is accepted");
	return json_pack("{s:s, s:o}", "state", health_state_name(health.worst), "checks",
	                 health.checks);
}
