// shell: see the header.
#include "apps/ctl/shell.h"

#include "apps/ctl/peer.h"
#include "apps/ctl/prompt.h"

#include <errno.h>
#include <stdio.h>

#define WAIT_MS   1000 // for words: nothing is offered by an appliance that takes longer
#define WORDS_MAX 20

// By a connection of its own, so that nothing is left of a request that was not waited for.
static json_t *ask_at(const struct reach *reach, const char *command, struct why *why)
{
	json_t *request, *reply;
	struct peer peer;

	if (peer_open(&peer, reach->path, WAIT_MS, why))
		return NULL;
	peer.name = reach->name;
	request = json_pack("{s:s}", "command", command);
	reply = peer_ask(&peer, request, why);
	json_decref(request);
	peer_close(&peer);
	return reply;
}

static json_t *ask(void *ctx, const char *command)
{
	struct why why;

	return ask_at(ctx, command, &why);
}

static json_t *words_of(const struct shell *shell, const struct reach *reach,
                        const char *const *word, unsigned words_len, const char *last, bool *files)
{
	const struct complete complete = {
	        .commands = shell->commands,
	        .options = shell->options,
	        .ask = reach ? ask : NULL,
	        .ctx = (void *)(uintptr_t)reach,
	        .word = word,
	        .words_len = words_len,
	        .last = last,
	};

	return complete_words(&complete, files);
}

static void print_place(void *ctx, const char *place)
{
	const char *last = ctx;

	if (strncmp(place, last, strlen(last)) == 0)
		puts(place);
}

bool shell_complete(const struct shell *shell, char *const *word, int words_len)
{
	const char *last = words_len ? word[words_len - 1] : "";
	int named = words_len > 1 && place_is_named(word[0]);
	unsigned before = words_len ? (unsigned)(words_len - 1 - named) : 0;
	bool files = !named && before == 0 && strchr(last, '/');
	struct reach reach;
	struct why why;
	json_t *words, *found;
	size_t i;

	if (files)
		return true;
	if (!named && before == 0)
		place_each(print_place, (void *)(uintptr_t)last);
	found = words_of(shell,
	                 reach_find(&reach, named ? word[0] : NULL, "", &why) ? NULL : &reach,
	                 (const char *const *)word + named, before, last, &files);
	json_array_foreach (found, i, words)
		puts(json_string_value(words));
	json_decref(found);
	return files;
}

static json_t *on_complete(void *ctx, const char *const *word, unsigned words_len, const char *last)
{
	const struct shell *shell = ctx;
	bool files;

	return words_of(shell, shell->reach, word, words_len, last, &files);
}

static bool on_line(void *ctx, int argc, const char **argv)
{
	static char program[] = "wadi-ctl";
	const struct shell *shell = ctx;
	char *words[WORDS_MAX + 2] = {program};

	if (strcmp(argv[0], "exit") == 0 || strcmp(argv[0], "quit") == 0)
		return false;
	if (argc > WORDS_MAX) {
		fprintf(stderr, "a line has up to %d words\n", WORDS_MAX);
		return true;
	}
	for (int i = 0; i < argc; i++)
		words[i + 1] = (char *)(uintptr_t)argv[i];
	shell->run(shell, argc + 1, words);
	return true;
}

int shell_run(const struct shell *shell, struct why *why)
{
	json_t *status = ask_at(shell->reach, "status", why);
	const char *name = json_string_value(json_object_get(status, "name"));
	const struct prompt_conf conf = {
	        .name = name ? name : "wadi",
	        .run = on_line,
	        .complete = on_complete,
	        .ctx = (void *)(uintptr_t)shell,
	};
	int err = status ? prompt_run(&conf, why) : -ENOTCONN;

	json_decref(status);
	return err;
}
