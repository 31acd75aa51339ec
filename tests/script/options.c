// options: one table of the options that are understood, with those that change nothing
// here. Whatever is not in it is refused.
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MTU_MIN 68

// Has the number in decimal; *number is kept otherwise.
static bool options_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

static bool options_ip_version(struct script *script, const char *value)
{
	static const char *const names[] = {"ipv4", "ipv4-mapped-ipv6", "ipv6"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		script->conf.ip = (enum script_ip)i;
		return true;
	}
	return false;
}

static bool options_port(const char *value, uint16_t *port)
{
	uint64_t number;

	if (!options_number(value, UINT16_MAX, &number) || number == 0)
		return false;
	*port = (uint16_t)number;
	return true;
}

static bool options_bind_port(struct script *script, const char *value)
{
	return options_port(value, &script->conf.bind_port);
}

static bool options_connect_port(struct script *script, const char *value)
{
	return options_port(value, &script->conf.connect_port);
}

// An address, whose prefix length does not matter: the remote network is behind a gateway.
static bool options_addr(const char *value, struct addr *addr)
{
	char text[ADDR_TEXT_BYTES];

	snprintf(text, sizeof(text), "%s", value);
	text[strcspn(text, "/")] = '\0';
	return addr_parse(text, addr);
}

static bool options_local_ip(struct script *script, const char *value)
{
	return options_addr(value, &script->conf.local);
}

static bool options_remote_ip(struct script *script, const char *value)
{
	return options_addr(value, &script->conf.remote);
}

static bool options_u32(const char *value, uint32_t *to)
{
	uint64_t number;

	if (!options_number(value, INT32_MAX, &number))
		return false;
	*to = (uint32_t)number;
	return true;
}

static bool options_tolerance_usecs(struct script *script, const char *value)
{
	return options_u32(value, &script->conf.tolerance_us);
}

static bool options_tolerance_percent(struct script *script, const char *value)
{
	char *end;
	double percent = strtod(value, &end);

	if (end == value || *end != '\0' || !(percent >= 0 && percent <= 10000))
		return false;
	script->conf.tolerance_percent = (uint32_t)(percent * 100);
	return true;
}

static bool options_ts_tick_usecs(struct script *script, const char *value)
{
	return options_u32(value, &script->conf.ts_tick_us);
}

static bool options_mtu(struct script *script, const char *value)
{
	uint64_t number;

	if (!options_number(value, UINT16_MAX, &number) || number < OPTIONS_MTU_MIN)
		return false;
	script->conf.mtu = (uint16_t)number;
	return true;
}

static bool options_mss(struct script *script, const char *value)
{
	return options_port(value, &script->conf.mss);
}

static bool options_non_fatal(struct script *script, const char *value)
{
	script->conf.warn_packet = strstr(value, "packet") != NULL;
	script->conf.warn_call = strstr(value, "syscall") != NULL;
	return script->conf.warn_packet || script->conf.warn_call;
}

static bool options_define(struct script *script, const char *value)
{
	struct script_define *define = arena_alloc(&script->arena, sizeof(*define));
	char *text = arena_text(&script->arena, value);
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return false;
	*equals = '\0';
	define->name = text;
	define->value = equals + 1;
	define->next = script->conf.defines;
	script->conf.defines = define;
	return true;
}

// Settings that are true of any run here, or that change nothing that a script sees.
static bool options_ignore(struct script *script, const char *value)
{
	(void)script;
	(void)value;
	return true;
}

static const struct options_row {
	const char *name;
	bool (*set)(struct script *script, const char *value);
} options_rows[] = {
        {"ip_version", options_ip_version},
        {"bind_port", options_bind_port},
        {"connect_port", options_connect_port},
        {"local_ip", options_local_ip},
        {"remote_ip", options_remote_ip},
        {"gateway_ip", options_ignore},
        {"netmask_ip", options_ignore},
        {"speed", options_ignore},
        {"mtu", options_mtu},
        {"mss", options_mss},
        {"tolerance_usecs", options_tolerance_usecs},
        {"tolerance_percent", options_tolerance_percent},
        {"tcp_ts_tick_usecs", options_ts_tick_usecs},
        {"non_fatal", options_non_fatal},
        {"define", options_define},
        {"code_command", options_ignore},
        {"code_format", options_ignore},
        {"code_sockopt", options_ignore},
};

// Options without a value.
static bool options_flag(struct script_conf *conf, const char *name)
{
	if (strcmp(name, "tcp_ts_ecr_scaled") == 0)
		conf->ts_ecr_scaled = true;
	else if (strcmp(name, "tcp_ts_ecr_checked") == 0) // ours
		conf->ts_ecr_checked = true;
	else if (strcmp(name, "strict_segments") == 0)
		conf->strict_segments = true;
	else if (strcmp(name, "strict_options") == 0) // ours
		conf->strict_options = true;
	else if (strcmp(name, "dry_run") == 0)
		conf->dry_run = true;
	else if (strcmp(name, "verbose") == 0)
		conf->verbose = true;
	else
		return strcmp(name, "is_anyip") == 0 || strcmp(name, "send_omit_free") == 0 ||
		       strcmp(name, "debug") == 0;
	return true;
}

void options_init(struct script_conf *conf)
{
	*conf = (struct script_conf){
	        .bind_port = 8080,
	        .connect_port = 8080,
	        .mtu = 1500,
	        .tolerance_us = 4000,
	        .tolerance_percent = 1250,
	};
}

int options_set(struct script *script, const char *name, const char *value, struct why *why)
{
	if (options_flag(&script->conf, name)) {
		if (value && *value)
			return why_fail(why, -EINVAL, "--%s has no value", name);
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(options_rows); i++) {
		if (strcmp(options_rows[i].name, name) != 0)
			continue;
		if (!value)
			return why_fail(why, -EINVAL, "--%s needs a value", name);
		if (!options_rows[i].set(script, value))
			return why_fail(why, -EINVAL, "--%s cannot be %.60s", name, value);
		return 0;
	}
	return why_fail(why, -EINVAL, "the option --%.60s is not known", name);
}

// The addresses that scripts of others are written for, whose Fast Open cookies depend on them:
// ours is of a private network, the peer's of another one or for documentation, behind a router
// (RFC 1918, RFC 5737, RFC 4193).
void options_finish(struct script_conf *conf)
{
	bool ipv6 = conf->ip == SCRIPT_IPV6, known = true;

	if (addr_is_any(conf->local))
		known = addr_parse(ipv6 ? "fd3d:a0b:17d6::1" : "192.168.0.1", &conf->local);
	if (addr_is_any(conf->remote))
		known = known &&
		        addr_parse(ipv6 ? "fd3d:fa7b:d17d::1" : "192.0.2.1", &conf->remote);
	assert(known);
}
