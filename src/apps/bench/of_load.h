// of_load: which switches are emulated, and of which controller they ask: the keys of the section
// "of", and what they are made into.
#ifndef APPS_BENCH_OF_LOAD_H
#define APPS_BENCH_OF_LOAD_H

#include "apps/bench/target.h"
#include "core/host/conf.h"
#include "proto/bench/of_switch.h"

#define OF_LOAD_FROM_MAX     16
#define OF_LOAD_SWITCHES_MAX 16384

// The section. Without `to` nothing is done.
struct of_load_conf {
	const char *to;
	struct conf_list from;
	uint64_t switches, hosts, ports, window, rate, timeout_ms, echo_s, seed, duration_s,
	        warm_up_ms;
	unsigned version; // index of of_load_versions
	bool unbuffered, json;
};

extern const struct conf_section of_load_conf_section;

// "1.3"
const char *of_load_version(const struct of_load_conf *conf);

// Ready for workers, which share it.
struct of_load {
	const struct of_load_conf *conf; // borrowed
	struct target target;
	struct addr from[OF_LOAD_FROM_MAX];
	unsigned from_len; // 0: any
	struct of_switch_conf switches;
};

// conf has been checked key by key. 0, or -EINVAL with a sentence in why.
int of_load_init(struct of_load *load, const struct of_load_conf *conf, struct why *why) MUST_CHECK;

#endif
