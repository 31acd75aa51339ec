// target: see the header.
#include "apps/bench/target.h"

#include <stdio.h>
#include <stdlib.h>

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return false;
	number = strtoul(text, &end, 10);
	if (*end || number == 0 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool target_parse(const char *text, uint16_t port, struct target *target)
{
	char addr[ADDR_TEXT_BYTES];
	const char *colon = strchr(text, ':'), *rest;
	bool bracket = *text == '[';
	size_t len;

	// More than one colon without brackets: an IPv6 address alone.
	if (!bracket && colon && strchr(colon + 1, ':'))
		len = strlen(text);
	else
		len = strcspn(text + bracket, bracket ? "]" : ":");
	if (len >= sizeof(addr) || (bracket && text[1 + len] != ']'))
		return false;
	memcpy(addr, text + bracket, len);
	addr[len] = '\0';
	target->port = port;
	rest = text + len + (bracket ? 2 : 0);
	if (!addr_parse(addr, &target->addr) || (bracket && addr_is_ipv4(target->addr)))
		return false;
	return *rest == '\0' || (*rest == ':' && parse_port(rest + 1, &target->port));
}

char *target_text(const struct target *target, char text[TARGET_TEXT_BYTES])
{
	char addr[ADDR_TEXT_BYTES];
	bool ipv4 = addr_is_ipv4(target->addr);

	addr_text(target->addr, addr);
	snprintf(text, TARGET_TEXT_BYTES, ipv4 ? "%s:%u" : "[%s]:%u", addr, target->port);
	return text;
}
