// json: the one place where Jansson comes in. The configuration's reader
// (conf*.c), the control socket and wadi-ctl build and walk its trees; engines
// and the data path never see one.
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <jansson.h>

#endif
