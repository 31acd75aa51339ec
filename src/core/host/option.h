// option: a list of options as an operator writes it, "name=value,name=value", read
// through a declared table into a C struct, as conf.h reads keys. The options of
// devices and of impair(...) are such lists. Text only; nothing is opened here.
#ifndef CORE_HOST_OPTION_H
#define CORE_HOST_OPTION_H

#include "core/why.h"

// What an option takes, and what its member of the C struct is.
enum option_type {
	OPTION_NUMBER,   // uint64_t, from min to max
	OPTION_FLAG,     // bool, written 0 or 1
	OPTION_CHOICE,   // unsigned, an index of choices
	OPTION_PERCENT,  // uint64_t in units of 2^-32, written as a percentage: 0.5%
	OPTION_DURATION, // uint64_t in microseconds, up to max; written with its unit: 5ms
	OPTION_RATE,     // uint64_t in bits a second, up to max; written with its unit: 10Mbit
	OPTION_MAC,      // uint8_t[6], a unicast Ethernet address
};

#define OPTION_PERCENT_MAX (UINT64_C(1) << 32) // 100%

struct option_key {
	const char *name; // NULL closes the table
	enum option_type type;
	size_t offset;              // of the member in the C struct
	uint64_t fallback;          // the value when the option is not given; of a MAC always zeros
	uint64_t min, max;          // of a number; max also of a duration and a rate
	const char *const *choices; // closed by NULL
	const char *help;           // a sentence
};

struct option_table {
	size_t size; // of the C struct
	const struct option_key *keys;
};

// Sets all of values, table->size bytes: each option's fallback, then what the len
// bytes of text say; of an option that is given twice the last value counts. 0, or
// -EINVAL with the end of a sentence in why: `has no option "x"; ...`.
int option_parse(const struct option_table *table, const char *text, size_t len, void *values,
                 struct why *why) MUST_CHECK;

// Parses a unicast Ethernet address, "02:00:5e:10:00:01". False when it is none.
bool option_mac(const char *text, uint8_t mac[6]) MUST_CHECK;

// How the option is written: "role=server|client", "ring=N", "loss=PERCENT".
void option_form(const struct option_key *key, char *text, size_t size);

#endif
