// render_inline: the records that most replies with an RRset carry as well, finished behind
// it so that one copy takes them: the glue of a delegation, and the aliases that an alias
// leads to.
#ifndef DNS_RENDER_INLINE_H
#define DNS_RENDER_INLINE_H

#include "proto/dns/load/render_rrset.h"

// Adds what goes along with the RRset of `name`, unless that is too much or has signatures:
// the glue of a delegation, or the aliases that an alias leads on to with the name at
// their end.
void render_along(struct render_rrset *rrset, const struct zone_records *records,
                  const struct load_name *name, uint16_t type);

#endif
