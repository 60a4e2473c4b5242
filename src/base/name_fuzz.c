// Names from anywhere. The bytes behind the first one are a name, a node's name and its namespace, with bytes of value 1 between them; the first one says how often each is repeated, as the limits are far away.
//
// What is asked here is told a second time, by a slower way: what is valid by reading a name part by part, what fits by every room there is, and whatever has a way there and back must come back.
#include <ctype.h>
#include <string.h>

#include "base/dds_name.h"
#include "base/fuzz_expect.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/remap.h"

enum { PIECES = 3, LONGEST_PIECE = 2048, REPEATED = 16 };

static const whorl__name_kind_t kinds[] = {WHORL__NAME_TOPIC, WHORL__NAME_FULL_TOPIC, WHORL__NAME_NODE, WHORL__NAME_NAMESPACE,
                                           WHORL__NAME_ENCLAVE};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// --- the second opinion

static bool is_token(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
  return length > 0 && !isdigit((unsigned char)text[0]);
}

// "/a/b": a slash in front of each of at least one token.
static bool is_path(const char *name)
{
  if (*name == '\0') return false;
  while (*name == '/') {
    size_t token = strcspn(name + 1, "/");
    if (!is_token(name + 1, token)) return false;
    name += 1 + token;
  }
  return *name == '\0';
}

static bool is_full_topic(const char *name) { return is_path(name) && strlen(name) < WHORL__NAME_TOPIC_SIZE; }
static bool is_namespace(const char *name)
{
  return strcmp(name, "/") == 0 || (is_path(name) && strlen(name) < WHORL__NAME_NAMESPACE_SIZE);
}
static bool is_node(const char *name) { return is_token(name, strlen(name)) && strlen(name) < WHORL__NAME_NODE_SIZE; }

static bool has_hidden_part(const char *name)
{
  for (const char *part = name; part != NULL; part = strchr(part, '/') != NULL ? strchr(part, '/') + 1 : NULL)
    if (*part == '_') return true;
  return false;
}

// --- which are valid

// The first fault is told by its place, and in front of it there is none of its kind.
static void try_fault(whorl__name_kind_t kind, const char *name, whorl__name_fault_t fault, size_t index)
{
  char place[64], begin[LONGEST_PIECE];
  EXPECT(index < strlen(name) || (index == 0 && fault == WHORL__NAME_EMPTY));
  EXPECT((fault == WHORL__NAME_EMPTY) == (name[0] == '\0'));
  snprintf(place, sizeof place, " is invalid at %zu: ", index);
  EXPECT(whorl__name_check(kind, name) == WHORL_INVALID_NAME && strstr(whorl_detail(), place) != NULL);
  if (fault == WHORL__NAME_BAD_CHARACTER) {
    EXPECT(!is_token(name + index, 1) && !isdigit((unsigned char)name[index]));
    memcpy(begin, name, index);
    begin[index] = '\0';
    EXPECT(whorl__name_validate(kind, begin, &index) != WHORL__NAME_BAD_CHARACTER);
  }
}

static bool try_kind(whorl__name_kind_t kind, const char *name)
{
  size_t index = SIZE_MAX;
  whorl__name_fault_t fault = whorl__name_validate(kind, name, &index);
  if (fault != WHORL__NAME_NONE) {
    try_fault(kind, name, fault, index);
    return false;
  }
  EXPECT(index == 0 && whorl__name_check(kind, name) == WHORL_OK);
  return true;
}

static void try_validity(const char *name)
{
  bool valid[KINDS];
  for (int i = 0; i < KINDS; i++) valid[kinds[i]] = try_kind(kinds[i], name);
  EXPECT(valid[WHORL__NAME_FULL_TOPIC] == is_full_topic(name));
  EXPECT(valid[WHORL__NAME_NODE] == is_node(name));
  EXPECT(valid[WHORL__NAME_NAMESPACE] == is_namespace(name) && valid[WHORL__NAME_ENCLAVE] == is_namespace(name));
  EXPECT(valid[WHORL__NAME_TOPIC] || !(valid[WHORL__NAME_FULL_TOPIC] || valid[WHORL__NAME_NODE]));
  if (valid[WHORL__NAME_FULL_TOPIC]) EXPECT(whorl__name_is_hidden(name) == has_hidden_part(name));
}

static void try_namespace(const char *wanted)
{
  char full[LONGEST_PIECE + 1], made[WHORL__NAME_NAMESPACE_SIZE] = "untouched", again[WHORL__NAME_NAMESPACE_SIZE];
  snprintf(full, sizeof full, "%s%s", wanted[0] == '/' ? "" : "/", wanted);
  int status = whorl__name_make_namespace(wanted, made);
  EXPECT(status == (is_namespace(full) ? WHORL_OK : WHORL_INVALID_NAME));
  EXPECT(strcmp(made, status == WHORL_OK ? full : "untouched") == 0);
  if (status == WHORL_OK) EXPECT(whorl__name_make_namespace(made, again) == WHORL_OK && strcmp(again, made) == 0);
}

// --- what they expand to

typedef struct owner {
  const char *name, *node_namespace; // valid ones
} owner_t;

// With room for `size` bytes, whose end is watched: exactly what does not fit is too long.
static void try_room(const char *name, const owner_t *owner, const char *full, size_t size)
{
  size_t index;
  char *room = malloc(size);
  whorl__name_fault_t fault = whorl__name_expand_raw(name, owner->name, owner->node_namespace, room, size, &index);
  EXPECT(fault == (strlen(full) < size ? WHORL__NAME_NONE : WHORL__NAME_TOO_LONG));
  if (fault == WHORL__NAME_NONE) EXPECT(strcmp(room, full) == 0);
  free(room);
}

static void try_expanded(const char *name, const owner_t *owner, const char *full)
{
  static const owner_t other = {"other", "/else/where"};
  char again[WHORL__NAME_TOPIC_SIZE];
  EXPECT(is_full_topic(full));
  EXPECT(whorl__name_expand("topic", full, other.name, other.node_namespace, again) == WHORL_OK && strcmp(again, full) == 0);
  try_room(name, owner, full, strlen(full) + 1);
  try_room(name, owner, full, strlen(full));
  try_room(name, owner, full, 1);
  if (name[0] == '/' && strpbrk(name, "{~") == NULL) EXPECT(strcmp(full, name) == 0);
}

// The name is quoted, and may hold such words itself.
static const char *find_last(const char *text, const char *words)
{
  const char *found = NULL;
  for (const char *at = text; (at = strstr(at, words)) != NULL; at++) found = at;
  return found;
}

static void try_refused(const char *name, const owner_t *owner)
{
  char wide[8 * LONGEST_PIECE];
  size_t index;
  const char *place = find_last(whorl_detail(), "invalid at ");
  EXPECT(place != NULL);
  size_t told = strtoul(place + strlen("invalid at "), NULL, 10);
  whorl__name_fault_t fault = whorl__name_expand_raw(name, owner->name, owner->node_namespace, wide, sizeof wide, &index);
  if (memcmp(place - strlen(", which is "), ", which is ", strlen(", which is ")) != 0 &&
      strstr(whorl_detail(), "' expands to one that ") == NULL)
    EXPECT(told < strlen(name) || name[0] == '\0');
  if (fault != WHORL__NAME_NONE) EXPECT(fault != WHORL__NAME_TOO_LONG && told == index);
  if (fault == WHORL__NAME_NONE) EXPECT(!is_full_topic(wide) && told < strlen(wide));
  if (fault == WHORL__NAME_NONE && strpbrk(name, "{~") == NULL) // a name of plain parts is only refused for these
    EXPECT(strstr(name, "//") != NULL || strlen(wide) >= WHORL__NAME_TOPIC_SIZE);
}

static void try_expansion(const char *name, const owner_t *owner)
{
  char full[WHORL__NAME_TOPIC_SIZE] = "untouched";
  int status = whorl__name_expand("topic", name, owner->name, owner->node_namespace, full);
  if (status == WHORL_OK) {
    try_expanded(name, owner, full);
    return;
  }
  EXPECT(status == WHORL_INVALID_NAME && strcmp(full, "untouched") == 0);
  EXPECT(strncmp(whorl_detail(), "topic name '", strlen("topic name '")) == 0);
  try_refused(name, owner);
}

// A node's full name is what it calls "~", and what others know it by.
static void try_owner(const owner_t *owner)
{
  char known[WHORL__NAME_FQN_SIZE], own[WHORL__NAME_TOPIC_SIZE];
  whorl__name_fully_qualify(owner->name, owner->node_namespace, known);
  size_t length = strlen(known);
  EXPECT(is_path(known));
  if (whorl__name_expand("topic", "~", owner->name, owner->node_namespace, own) == WHORL_OK)
    EXPECT(strcmp(own, known) == 0);
  else
    EXPECT(length >= WHORL__NAME_TOPIC_SIZE);
  whorl__name_make_logger(known);
  EXPECT(strlen(known) == length - 1 && strchr(known, '/') == NULL);
}

// --- DDS names

static void try_topic_there_and_back(const char *full)
{
  for (whorl__dds_topic_kind_t kind = WHORL__DDS_TOPIC; kind <= WHORL__DDS_REPLY; kind++) {
    char dds[WHORL__DDS_NAME_SIZE], *back = malloc(strlen(full) + 1);
    whorl__dds_topic_kind_t found;
    EXPECT(whorl__dds_topic_name(kind, full, false, dds, sizeof dds) == WHORL_OK);
    EXPECT(whorl__dds_topic_name(kind, full, false, dds, strlen(dds)) == WHORL_LIMIT_EXCEEDED);
    EXPECT(whorl__dds_topic_parse(dds, &found, back, strlen(full)) == WHORL_LIMIT_EXCEEDED);
    EXPECT(whorl__dds_topic_parse(dds, &found, back, strlen(full) + 1) == WHORL_OK && found == kind && strcmp(back, full) == 0);
    dds[strlen(dds) - 1]++; // any other suffix is none
    if (kind != WHORL__DDS_TOPIC) EXPECT(whorl__dds_topic_parse(dds, &found, back, strlen(full) + 1) == WHORL_NOT_FOUND);
    free(back);
  }
}

static void try_foreign_topic(const char *dds)
{
  whorl__dds_topic_kind_t kind, found;
  size_t room = strlen(dds) + 1;
  char *ros = malloc(room), *again = malloc(room + strlen("Request")), *back = malloc(room);
  int status = whorl__dds_topic_parse(dds, &kind, ros, room);
  EXPECT(status == WHORL_OK || status == WHORL_NOT_FOUND);
  if (status == WHORL_OK) { // a request's may end as a reply's: then it is another name
    EXPECT(whorl__dds_topic_name(kind, ros, false, again, room + strlen("Request")) == WHORL_OK);
    EXPECT(strcmp(again, dds) == 0 || (kind == WHORL__DDS_REQUEST) == (strcmp(dds + room - 6, "Reply") == 0));
    EXPECT(whorl__dds_topic_parse(again, &found, back, room) == WHORL_OK && found == kind && strcmp(back, ros) == 0);
  }
  free(ros);
  free(again);
  free(back);
}

// A type of which "dds_" is no part comes back as it was. `room`: for whatever is made of it.
static void try_type_there_and_back(const char *ros, char *dds, char *back, size_t room)
{
  int status = whorl__dds_type_name(ros, dds, room);
  EXPECT(status == (strchr(ros, '/') != NULL ? WHORL_OK : WHORL_INVALID_ARGUMENT));
  if (status < 0) return;
  char *exact = malloc(strlen(dds) + 1);
  EXPECT(whorl__dds_type_name(ros, exact, strlen(dds)) == WHORL_LIMIT_EXCEEDED);
  EXPECT(whorl__dds_type_name(ros, exact, strlen(dds) + 1) == WHORL_OK && strcmp(exact, dds) == 0);
  free(exact);
  status = whorl__dds_type_parse(dds, back, room);
  bool plain = strstr(ros, "dds_") == NULL && strchr(ros, ':') == NULL && ros[strlen(ros) - 1] != '/';
  if (plain) EXPECT(status == WHORL_OK && strcmp(back, ros) == 0);
}

static void try_type(const char *text)
{
  size_t room = 2 * strlen(text) + 32;
  char *dds = malloc(room), *back = malloc(room);
  try_type_there_and_back(text, dds, back, room);
  // The way back never makes it longer: whoever has room for a copy has room for it (graph_snapshot.c).
  char *exact = malloc(strlen(text) + 1);
  int status = whorl__dds_type_parse(text, exact, strlen(text) + 1);
  EXPECT(status == WHORL_OK || status == WHORL_NOT_FOUND);
  if (status == WHORL_OK) try_type_there_and_back(exact, dds, back, room);
  free(exact);
  free(dds);
  free(back);
}

// --- remaps

static bool applies(const whorl__remap_rule_t *rule, const char *full, const owner_t *owner)
{
  char match[4 * WHORL__NAME_TOPIC_SIZE];
  size_t index;
  if ((rule->kinds & WHORL__REMAP_TOPIC) == 0 || (rule->node != NULL && strcmp(rule->node, owner->name) != 0)) return false;
  return whorl__name_expand_raw(rule->match, owner->name, owner->node_namespace, match, sizeof match, &index) == WHORL__NAME_NONE &&
         strcmp(match, full) == 0;
}

static void try_rule(const whorl__remap_rule_t *rule)
{
  bool of_names = (rule->kinds & (WHORL__REMAP_TOPIC | WHORL__REMAP_SERVICE)) != 0;
  EXPECT(rule->kinds != 0 && of_names == (rule->match != NULL) && rule->replacement != NULL);
  EXPECT(rule->node == NULL || is_token(rule->node, strlen(rule->node)));
  if (of_names) {
    EXPECT(whorl__name_check(WHORL__NAME_TOPIC, rule->match) == WHORL_OK && strpbrk(rule->match, "{}") == NULL);
    EXPECT(whorl__name_check(WHORL__NAME_TOPIC, rule->replacement) == WHORL_OK && strpbrk(rule->replacement, "{}") == NULL);
  } else {
    EXPECT(rule->kinds == WHORL__REMAP_NODE_NAME ? is_node(rule->replacement) : is_namespace(rule->replacement));
  }
}

// One rule from the text, behind one that its own match is remapped by too: the first that applies wins.
static void try_remap(const char *text, const owner_t *owner)
{
  static const whorl__remap_rule_t untouched = {0};
  whorl__remap_rule_t rows[2] = {{0}};
  char full[WHORL__NAME_TOPIC_SIZE];
  size_t prefix = whorl__remap_node_prefix(text);
  EXPECT(prefix == 0 || (is_token(text, prefix) && text[prefix] == ':' && text[prefix + 1] != '='));
  int status = whorl__remap_parse(text, &rows[1]);
  EXPECT(status == WHORL_OK || ((status == WHORL_INVALID_ARGUMENT || status == WHORL_INVALID_NAME) && whorl_detail()[0] != '\0'));
  if (status < 0) {
    EXPECT(memcmp(&rows[1], &untouched, sizeof untouched) == 0);
    return;
  }
  try_rule(&rows[1]);
  EXPECT((rows[1].node != NULL) == (prefix > 0) && whorl__remap_parse("rostopic://~/a:=b", &rows[0]) == WHORL_OK);
  const whorl__remap_rules_t rules = {.rows = rows, .count = 2};
  if (rows[1].match != NULL && whorl__name_expand("topic", rows[1].match, owner->name, owner->node_namespace, full) == WHORL_OK) {
    const whorl__remap_rule_t *expected = applies(&rows[0], full, owner) ? &rows[0] : applies(&rows[1], full, owner) ? &rows[1] : NULL;
    EXPECT(whorl__remap_find(&rules, WHORL__REMAP_TOPIC, full, owner->name, owner->node_namespace) == expected);
  }
  whorl__remap_rule_fini(&rows[0]);
  whorl__remap_rule_fini(&rows[1]);
}

// --- pieces

// Whole repetitions only, as many as fit.
static void repeat(const char *text, size_t length, unsigned times, char ret_piece[static LONGEST_PIECE])
{
  size_t at = 0;
  for (; times > 0 && at + length < LONGEST_PIECE; times--, at += length) memcpy(ret_piece + at, text, length);
  ret_piece[at] = '\0';
}

static void read_pieces(const uint8_t *data, size_t size, char pieces[PIECES][LONGEST_PIECE])
{
  const char *at = (const char *)data + 1, *end = (const char *)data + size;
  for (int i = 0; i < PIECES && at < end; i++) {
    size_t length = 0;
    while (at + length < end && at[length] != '\0' && at[length] != 1) length++;
    repeat(at, length, 1 + data[0] % REPEATED, pieces[i]);
    at += length + 1;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static char pieces[PIECES][LONGEST_PIECE];
  int64_t blocks = whorl__memory_blocks();
  if (size == 0) return 0;
  memset(pieces, 0, sizeof pieces);
  read_pieces(data, size, pieces);
  const owner_t owner = {is_node(pieces[1]) ? pieces[1] : "n", is_namespace(pieces[2]) ? pieces[2] : "/"};
  for (int i = 0; i < PIECES; i++) {
    try_validity(pieces[i]);
    try_namespace(pieces[i]);
    try_expansion(pieces[i], &owner);
    try_foreign_topic(pieces[i]);
    try_type(pieces[i]);
    if (is_full_topic(pieces[i])) try_topic_there_and_back(pieces[i]);
  }
  try_owner(&owner);
  try_remap(pieces[0], &owner);
  try_remap(pieces[0], &(owner_t){"n", "/ns"});
  EXPECT(whorl__memory_blocks() == blocks);
  return 0;
}
