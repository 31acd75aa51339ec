// sockstat: see the header. Columns that depend on the machine are constant; the last one is the
// state.
#include "sockstat.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sockstat {
	bool only_ipv4, only_ipv6, only_listening, only_connected;
	uint16_t port; // 0: any
};

// One letter of the options; *more: a value follows.
static bool sockstat_flag(struct sockstat *sockstat, char letter, bool *more)
{
	switch (letter) {
	case '4':
		sockstat->only_ipv4 = true;
		return true;
	case '6':
		sockstat->only_ipv6 = true;
		return true;
	case 'l':
		sockstat->only_listening = true;
		return true;
	case 'c':
		sockstat->only_connected = true;
		return true;
	case 'P':
	case 'p':
		*more = true;
		return true;
	default:
		return letter && strchr("nqsLw", letter); // they change columns only
	}
}

static int sockstat_options(struct sockstat *sockstat, char *const *word, unsigned len,
                            struct why *why)
{
	for (unsigned i = 1; i < len; i++) {
		bool more = false;

		if (word[i][0] != '-' || word[i][1] == '\0' || word[i][2] != '\0' ||
		    !sockstat_flag(sockstat, word[i][1], &more) || (more && i + 1 == len))
			return why_fail(why, -ENOSYS, "sockstat %.60s is not supported", word[i]);
		if (!more)
			continue;
		if (word[i][1] == 'p')
			sockstat->port = (uint16_t)strtoul(word[i + 1], NULL, 10);
		else if (strcmp(word[i + 1], "tcp") != 0)
			return why_fail(why, -ENOSYS, "sockstat -P %.60s is not supported",
			                word[i + 1]);
		i++;
	}
	return 0;
}

static bool sockstat_shows(const struct sockstat *sockstat, const struct target_socket *socket)
{
	bool ipv4 = addr_is_ipv4(socket->local.addr),
	     listens = strcmp(socket->state, "LISTEN") == 0;

	if (addr_is_any(socket->local.addr))
		ipv4 = socket->ipv4;
	return !(sockstat->only_ipv4 && !ipv4) && !(sockstat->only_ipv6 && ipv4) &&
	       !(sockstat->only_listening && !listens) && !(sockstat->only_connected && listens) &&
	       (!sockstat->port || sockstat->port == socket->local.port ||
	        sockstat->port == socket->remote.port);
}

// As FreeBSD spells it.
static void sockstat_state(const char *state, char text[24])
{
	snprintf(text, 24, "%s", strcmp(state, "SYN-RECEIVED") == 0 ? "SYN_RCVD" : state);
	for (; *text; text++)
		if (*text == '-')
			*text = '_';
}

int sockstat_list(const struct target *target, char *const *word, unsigned len, char *text,
                  size_t size, struct why *why)
{
	struct sockstat sockstat = {0};
	struct target_socket socket;
	size_t at = 0;
	int err = sockstat_options(&sockstat, word, len, why);

	text[0] = '\0';
	for (unsigned i = 0; err == 0 && target->ops->socket_at(target->ctx, i, &socket); i++) {
		char local[ADDR_TEXT_BYTES], remote[ADDR_TEXT_BYTES], state[24];
		int n;

		if (!sockstat_shows(&sockstat, &socket))
			continue;
		sockstat_state(socket.state, state);
		n = snprintf(text + at, size - at, "root packetdrill 1 3 tcp %s:%u %s:%u %s\n",
		             addr_text(socket.local.addr, local), socket.local.port,
		             addr_text(socket.remote.addr, remote), socket.remote.port, state);
		at = size_min(at + (size_t)n, size - 1);
	}
	return err;
}

struct sockstat_grep {
	bool count, quiet, invert;
	regex_t pattern;
};

static int sockstat_grep_options(struct sockstat_grep *grep, char *const *word, unsigned len,
                                 struct why *why)
{
	unsigned i = 1;

	for (; i < len && word[i][0] == '-'; i++)
		for (const char *letter = word[i] + 1; *letter; letter++) {
			grep->count |= *letter == 'c';
			grep->quiet |= *letter == 'q';
			grep->invert |= *letter == 'v';
			if (!strchr("cqvE", *letter))
				return why_fail(why, -ENOSYS, "grep %.60s is not supported",
				                word[i]);
		}
	if (i + 1 != len || regcomp(&grep->pattern, word[i], REG_EXTENDED | REG_NOSUB) != 0)
		return why_fail(why, -ENOSYS, "grep needs one pattern that is well-formed");
	return 0;
}

int sockstat_grep(char *const *word, unsigned len, char *text, size_t size, bool *found,
                  struct why *why)
{
	struct sockstat_grep grep = {0};
	unsigned lines = 0;
	char *to = text, *next;
	int err = sockstat_grep_options(&grep, word, len, why);

	if (err)
		return err;
	for (char *line = text; *line; line = next) {
		size_t n = strcspn(line, "\n");
		bool ends = line[n] == '\n', matches;

		line[n] = '\0';
		next = line + n + ends;
		matches = (regexec(&grep.pattern, line, 0, NULL, 0) == 0) != grep.invert;
		if (!matches)
			continue;
		lines++;
		memmove(to, line, n);
		to += n;
		*to++ = '\n';
	}
	*to = '\0';
	regfree(&grep.pattern);
	*found = lines > 0;
	if (grep.quiet)
		text[0] = '\0';
	else if (grep.count)
		snprintf(text, size, "%u\n", lines);
	return 0;
}
