// history_file: what was typed at the prompt, one line each, in a file of the user's. It is a
// convenience: what cannot be read or written is left out without a word. prompt.h is its user.
#ifndef CTL_HISTORY_FILE_H
#define CTL_HISTORY_FILE_H

#include "core/base.h"

#define HISTORY_FILE_LINES      1000 // kept when the file is read
#define HISTORY_FILE_PATH_BYTES 512

// The path: wadi/ctl_history in $XDG_STATE_HOME, or else in $HOME/.local/state. False when there is
// neither, or it is too long.
bool history_file_path(char path[HISTORY_FILE_PATH_BYTES]) MUST_CHECK;

// Calls fn for each line, the oldest first. A file of more than twice HISTORY_FILE_LINES is cut to
// the newest of them.
void history_file_read(const char *path, void (*fn)(void *ctx, const char *line), void *ctx);

// Appends a line. The file and its folder are made for the user alone when they are missing.
void history_file_add(const char *path, const char *line);

#endif
