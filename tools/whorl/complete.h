// What may come next on a command line, for shells.
#ifndef TOOL_COMPLETE_H
#define TOOL_COMPLETE_H

#include "names.h"

// How the last of the words can go on. `words` begin behind the tool's name.
typedef enum complete_kind { // what the graph or the index has to be asked for, besides the candidates
  COMPLETE_NOTHING,
  COMPLETE_TOPIC,
  COMPLETE_NODE,
  COMPLETE_SERVICE,
  COMPLETE_ACTION,
  COMPLETE_MESSAGE_TYPE,
  COMPLETE_SERVICE_TYPE,
  COMPLETE_ACTION_TYPE,
  COMPLETE_ANY_TYPE,
  COMPLETE_PACKAGE
} complete_kind_t;
complete_kind_t complete_words(char *const *words, size_t count, names_t *candidates);

#endif
