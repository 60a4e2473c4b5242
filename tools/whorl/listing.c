#include "listing.h"

#include <stdlib.h>
#include <string.h>

typedef struct search {
  lister_t lister;
  char *name; // in full
  names_t *types;
} search_t;

static void on_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  search_t *search = arg;
  if (strcmp(name, search->name) != 0) return;
  for (size_t i = 0; i < type_count; i++) names_add(search->types, types[i]);
}

static bool search_now(session_t *session, void *arg)
{
  search_t *search = arg;
  (void)search->lister(session->node, NULL, on_name, search);
  return search->types->count > 0;
}

void listing_types(session_t *session, lister_t lister, const char *name, names_t *types)
{
  search_t search = {lister, full_name(name), types};
  (void)search_now(session, &search);
  free(search.name);
}

bool listing_wait_for_types(session_t *session, lister_t lister, const char *name, names_t *types)
{
  search_t search = {lister, full_name(name), types};
  bool found = session_wait_until(session, search_now, &search);
  free(search.name);
  return found;
}

int listing_print_types(session_t *session, lister_t lister, const char *name, const char *noun)
{
  names_t types = {0};
  bool found = listing_wait_for_types(session, lister, name, &types);
  names_fini(&types);
  if (found && !session_look_around(session)) return FAILED; // another of its ends may use another type
  listing_types(session, lister, name, &types);
  found = types.count > 0;
  for (size_t i = 0; i < types.count; i++) puts(types.at[i]);
  names_fini(&types);
  if (found) return DONE;
  return session_interrupted(session) ? FAILED : complain("%s '%s' is not known", noun, name);
}

char *types_line(const char *const *types, size_t count)
{
  char *line = copy_text("");
  for (size_t i = 0; i < count; i++) {
    char *longer = format_text("%s%s%s", line, i > 0 ? ", " : "", types[i]);
    free(line);
    line = longer;
  }
  return line;
}

typedef struct printing {
  const listing_t *listing;
  size_t count;
} printing_t;

static bool has_type(const char *const *types, size_t count, const char *wanted)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(types[i], wanted) == 0) return true;
  return false;
}

static void print_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  printing_t *printing = arg;
  const listing_t *listing = printing->listing;
  if (listing->of_type != NULL && !has_type(types, type_count, listing->of_type)) return;
  printing->count++;
  if (listing->only_count) return;
  char *line = types_line(types, type_count);
  printf(listing->types ? "%s [%s]\n" : "%s\n", name, line);
  free(line);
}

int listing_print(session_t *session, const listing_t *listing)
{
  if (!session_look_around(session)) return FAILED;
  printing_t printing = {.listing = listing};
  const whorl_graph_options_t options = {.skip_hidden = !listing->hidden};
  int status = listing->lister(session->node, &options, print_name, &printing);
  if (status < 0) return complain_status(status, "the graph");
  if (listing->only_count) printf("%zu\n", printing.count);
  return DONE;
}
