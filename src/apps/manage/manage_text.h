// manage_text: replies of commands as the text of answers, by the writers that cannot write
// anything malformed (proto/write). Control thread.
#ifndef APPS_MANAGE_MANAGE_TEXT_H
#define APPS_MANAGE_MANAGE_TEXT_H

#include "core/base.h"
#include "core/host/json.h"

// JSON, and an event of a stream whose data it is: terminated, the caller frees it. NULL without
// memory.
char *manage_text_json(const json_t *value) MUST_CHECK;
char *manage_text_event(const json_t *value) MUST_CHECK;

#endif
