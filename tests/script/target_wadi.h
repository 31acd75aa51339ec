// target_wadi: a target (target.h) that is wadi's own stack, in process, on virtual time.
#ifndef SCRIPT_TARGET_WADI_H
#define SCRIPT_TARGET_WADI_H

#include "target.h"

target_open_fn target_wadi_open;

// The shift by which the stack's windows are scaled, until a setting has another.
void target_wadi_wscale(struct target *target, uint8_t shift);

#endif
