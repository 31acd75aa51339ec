// prompt: see the header.
#include "apps/ctl/prompt.h"

#include "apps/ctl/history_file.h"

#include <ctype.h>
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#define WORDS_MAX    16
#define LISTED_MAX   200
#define LIST_COLUMNS 78

struct prompt {
	const struct prompt_conf *conf;
	char text[128]; // of the prompt
	EditLine *edit;
	History *history;
	Tokenizer *tokens;
};

static struct prompt *prompt_of(EditLine *edit)
{
	void *prompt = NULL;

	el_get(edit, EL_CLIENTDATA, &prompt);
	return prompt;
}

static char *prompt_text(EditLine *edit)
{
	return prompt_of(edit)->text;
}

// How many bytes all words begin with.
static size_t common_len(const json_t *words)
{
	const char *first = json_string_value(json_array_get(words, 0));
	size_t len = first ? strlen(first) : 0, i;
	json_t *word;

	json_array_foreach (words, i, word) {
		const char *text = json_string_value(word);
		size_t same = 0;

		while (same < len && text[same] == first[same])
			same++;
		len = same;
	}
	return len;
}

static void print_words(const json_t *words)
{
	size_t width = 0, at = 0, i;
	json_t *word;

	json_array_foreach (words, i, word)
		width = json_string_length(word) > width ? json_string_length(word) : width;
	width += 2;
	putchar('\n');
	json_array_foreach (words, i, word) {
		if (i == LISTED_MAX) {
			printf("\nand %zu more", json_array_size(words) - i);
			break;
		}
		if (at && at + width > LIST_COLUMNS) {
			putchar('\n');
			at = 0;
		}
		at += (size_t)printf("%-*s", (int)width, json_string_value(word));
	}
	putchar('\n');
	fflush(stdout);
}

// Inserts what all words have in common beyond `typed` bytes, or lists them.
static unsigned char offer(EditLine *edit, const json_t *words, size_t typed)
{
	const char *first = json_string_value(json_array_get(words, 0));
	size_t common = common_len(words);
	char more[256];

	if (!first)
		return CC_REFRESH_BEEP;
	snprintf(more, sizeof(more), "%.*s%s", (int)(common - typed), first + typed,
	         json_array_size(words) == 1 ? " " : "");
	if (*more) {
		el_insertstr(edit, more);
		return CC_REFRESH;
	}
	print_words(words);
	return CC_REDISPLAY;
}

// The function of the Tab key: completes the word before the cursor.
static unsigned char on_tab(EditLine *edit, int key)
{
	const struct prompt *prompt = prompt_of(edit);
	const LineInfo *line = el_line(edit);
	char text[1024], *save, *word;
	const char *words[WORDS_MAX] = {NULL}, *last = "";
	size_t len = (size_t)(line->cursor - line->buffer);
	unsigned words_len = 0;
	unsigned char result;
	json_t *found;

	(void)key;
	if (len >= sizeof(text))
		return CC_REFRESH_BEEP;
	memcpy(text, line->buffer, len);
	text[len] = '\0';
	for (word = strtok_r(text, " \t", &save); word && words_len < WORDS_MAX;
	     word = strtok_r(NULL, " \t", &save))
		words[words_len++] = word;
	if (words_len && line->cursor[-1] != ' ')
		last = words[--words_len];
	found = prompt->conf->complete(prompt->conf->ctx, words, words_len, last);
	result = offer(edit, found, strlen(last));
	json_decref(found);
	return result;
}

// The function of Ctrl-C: an empty line in place of this one.
static unsigned char on_cancel(EditLine *edit, int key)
{
	const LineInfo *line = el_line(edit);

	(void)key;
	el_cursor(edit, (int)(line->lastchar - line->cursor));
	line = el_line(edit);
	el_deletestr(edit, (int)(line->lastchar - line->buffer));
	el_insertstr(edit, "\n"); // a line, not the end of all
	puts("^C");
	fflush(stdout);
	return CC_NEWLINE;
}

static void history_enter(void *ctx, const char *line)
{
	const struct prompt *prompt = ctx;
	HistEvent event;

	history(prompt->history, &event, H_ENTER, line);
}

static int prompt_open(struct prompt *prompt, struct why *why)
{
	HistEvent event;

	prompt->edit = el_init("wadi-ctl", stdin, stdout, stderr);
	prompt->history = history_init();
	prompt->tokens = tok_init(NULL);
	if (!prompt->edit || !prompt->history || !prompt->tokens)
		return why_fail(why, -ENOTTY, "the terminal cannot be used for a prompt");
	history(prompt->history, &event, H_SETSIZE, HISTORY_FILE_LINES);
	history(prompt->history, &event, H_SETUNIQUE, 1);
	el_set(prompt->edit, EL_CLIENTDATA, prompt);
	el_set(prompt->edit, EL_PROMPT, prompt_text);
	el_set(prompt->edit, EL_EDITOR, "emacs");
	el_set(prompt->edit, EL_HIST, history, prompt->history);
	el_set(prompt->edit, EL_ADDFN, "wadi-complete", "Completes a word", on_tab);
	el_set(prompt->edit, EL_ADDFN, "wadi-cancel", "Empties the line", on_cancel);
	el_set(prompt->edit, EL_BIND, "^I", "wadi-complete", NULL);
	el_set(prompt->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	// Ctrl-C is a key while a line is typed, and a signal while one runs.
	el_set(prompt->edit, EL_SETTY, "-d", "-isig", NULL);
	el_set(prompt->edit, EL_BIND, "^C", "wadi-cancel", NULL);
	el_source(prompt->edit, NULL); // the user's ~/.editrc
	return 0;
}

static void prompt_close(struct prompt *prompt)
{
	if (prompt->tokens)
		tok_end(prompt->tokens);
	if (prompt->edit)
		el_end(prompt->edit);
	if (prompt->history)
		history_end(prompt->history);
}

// False ends the session.
static bool run_line(struct prompt *prompt, const char *line)
{
	const char **argv;
	int argc;

	tok_reset(prompt->tokens);
	if (tok_str(prompt->tokens, line, &argc, &argv) != 0) {
		fputs("a quotation mark is missing\n", stderr);
		return true;
	}
	return argc == 0 || prompt->conf->run(prompt->conf->ctx, argc, argv);
}

// Keeps the line in the session's history and in the user's, but for one that repeats the last.
static void remember(const struct prompt *prompt, const char *path, const char *line)
{
	HistEvent last = {.str = ""}, event;
	bool repeats = history(prompt->history, &last, H_FIRST) == 0 && last.str &&
	               strcmp(last.str, line) == 0;

	if (*line == '\0' || repeats)
		return;
	history(prompt->history, &event, H_ENTER, line);
	if (path)
		history_file_add(path, line);
}

// A system call that waits ends, which ends what the line does.
static void on_interrupt(int signal)
{
	(void)signal;
}

static void read_lines(struct prompt *prompt, const char *path)
{
	const char *typed;
	char line[1024];
	int len;

	while ((typed = el_gets(prompt->edit, &len)) != NULL && len > 0) {
		if ((size_t)len >= sizeof(line)) {
			fputs("the line is too long\n", stderr);
			continue;
		}
		memcpy(line, typed, (size_t)len);
		line[len] = '\0';
		while (len && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		remember(prompt, path, line);
		if (!run_line(prompt, line))
			return;
		fflush(stdout);
	}
	putchar('\n');
}

int prompt_run(const struct prompt_conf *conf, struct why *why)
{
	const struct sigaction interrupt = {.sa_handler = on_interrupt};
	char path[HISTORY_FILE_PATH_BYTES];
	struct prompt prompt = {.conf = conf};
	bool has_path = history_file_path(path);
	int err;

	setlocale(LC_CTYPE, "");
	snprintf(prompt.text, sizeof(prompt.text), "%s> ", conf->name);
	err = prompt_open(&prompt, why);
	if (!err) {
		sigaction(SIGINT, &interrupt, NULL);
		if (has_path)
			history_file_read(path, history_enter, &prompt);
		read_lines(&prompt, has_path ? path : NULL);
	}
	prompt_close(&prompt);
	return err;
}
