// whorl completion
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "listing.h"
#include "nodes.h"
#include "prefixes.h"
#include "types.h"

static void add(names_t *candidates, const char *word) { names_add_new(candidates, word, strlen(word)); }

static void add_commands(const char *group, names_t *candidates)
{
  for (size_t i = 0; i < command_count(); i++) {
    const command_t *command = command_at(i);
    if (group == NULL)
      add(candidates, command->group);
    else if (strcmp(command->group, group) == 0 && command->name != NULL)
      add(candidates, command->name);
  }
}

static void add_options(const command_t *command, names_t *candidates)
{
  for (size_t i = 0; i < OPTION_LISTS; i++)
    for (const option_t *option = command->lists[i]; option != NULL && option->name != NULL; option++) {
      char *word = format_text("--%s", option->name);
      if (option->help != NULL) add(candidates, word);
      free(word);
    }
}

static void add_options_of_tool(names_t *candidates)
{
  add(candidates, "--help");
  add(candidates, "--version");
}

// The option that a word gives, "--rate" or "-r", when its value is to follow in the next word; NULL: none does.
static const option_t *awaits_value(const command_t *command, const char *word)
{
  const option_t *found = NULL;
  if (strncmp(word, "--", 2) == 0) found = arguments_find_option(command->lists, word + 2, strlen(word + 2));
  for (size_t i = 0; i < OPTION_LISTS && word[0] == '-' && word[1] != '-' && word[1] != '\0'; i++)
    for (const option_t *option = command->lists[i]; option != NULL && option->name != NULL; option++)
      if (option->letter == word[1] && word[2] == '\0') found = option;
  return found != NULL && found->value != NULL ? found : NULL;
}

// The words of QoS stand in the options' help: "reliable, best_effort, ...".
static void add_values(const option_t *option, names_t *candidates)
{
  if (strncmp(option->name, "qos-", 4) != 0 || strchr(option->help, ',') == NULL) return;
  for (const char *word = option->help; *word != '\0'; word += strspn(word, ", ")) {
    size_t length = strcspn(word, ",");
    names_add_new(candidates, word, length);
    word += length;
  }
}

static complete_kind_t kind_of(const command_t *command, const char *word, size_t length)
{
  static const struct {
    const char *word;
    complete_kind_t kind;
  } rows[] = {{"TOPIC", COMPLETE_TOPIC},   {"NODE", COMPLETE_NODE},       {"SERVICE", COMPLETE_SERVICE},
              {"ACTION", COMPLETE_ACTION}, {"PACKAGE", COMPLETE_PACKAGE}, {"TYPE", COMPLETE_ANY_TYPE}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (strlen(rows[i].word) != length || memcmp(rows[i].word, word, length) != 0) continue;
    if (rows[i].kind != COMPLETE_ANY_TYPE) return rows[i].kind;
    if (strcmp(command->group, "topic") == 0) return COMPLETE_MESSAGE_TYPE;
    if (strcmp(command->group, "action") == 0) return COMPLETE_ACTION_TYPE;
    return strcmp(command->group, "service") == 0 ? COMPLETE_SERVICE_TYPE : COMPLETE_ANY_TYPE;
  }
  return COMPLETE_NOTHING;
}

static void add_transitions(names_t *candidates)
{
  static const char *const labels[] = {"configure", "cleanup", "activate", "deactivate", "shutdown"};
  for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) add(candidates, labels[i]);
}

// What the command expects as its word of that index, "TOPIC [TYPE]".
static complete_kind_t expected(const command_t *command, size_t index, names_t *candidates)
{
  const char *word = command->words;
  for (size_t i = 0; i < index && *word != '\0'; i++) {
    if (memmem(word, strcspn(word, " "), "...", 3) != NULL) break; // it may be given again and again
    word += strcspn(word, " ");
    word += strspn(word, " ");
  }
  word += *word == '[';
  size_t length = strcspn(word, " .]");
  if (length == 5 && memcmp(word, "SHELL", 5) == 0) add(candidates, "bash");
  if (length == 10 && memcmp(word, "TRANSITION", 10) == 0) add_transitions(candidates);
  return kind_of(command, word, length);
}

static complete_kind_t complete_arguments(const command_t *command, char *const *words, size_t count, names_t *candidates)
{
  const char *last = words[count - 1];
  size_t index = 0;
  for (size_t i = 0; i + 1 < count; i++) {
    const option_t *option = awaits_value(command, words[i]);
    if (option != NULL && i + 2 == count) {
      add_values(option, candidates);
      return kind_of(command, option->value, strlen(option->value));
    }
    if (option != NULL) i++;
    index += option == NULL && words[i][0] != '-';
  }
  if (last[0] != '-') return expected(command, index, candidates);
  add_options(command, candidates);
  return COMPLETE_NOTHING;
}

complete_kind_t complete_words(char *const *words, size_t count, names_t *candidates)
{
  if (count == 0) return COMPLETE_NOTHING;
  const command_t *alone = command_find(words[0], NULL);
  if (count == 1 && words[0][0] != '-') add_commands(NULL, candidates);
  if (count == 1 && words[0][0] == '-') add_options_of_tool(candidates);
  if (count == 2 && alone == NULL) add_commands(words[0], candidates);
  const command_t *command = count > 1 && alone == NULL ? command_find(words[0], words[1]) : alone;
  const size_t before = alone != NULL ? 1 : 2;
  if (count <= before || command == NULL) return COMPLETE_NOTHING;
  return complete_arguments(command, words + before, count - before, candidates);
}

// --- what is there now

typedef struct question {
  complete_kind_t kind;
  names_t *candidates;
} question_t;

static void on_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  (void)types;
  (void)type_count;
  add(arg, name);
}

static int ask_graph(session_t *session)
{
  const question_t *question = session->arg;
  const whorl_graph_options_t options = {.skip_hidden = true};
  if (!session_look_around(session)) return FAILED;
  switch (question->kind) {
  case COMPLETE_TOPIC: (void)whorl_node_visit_topics(session->node, &options, on_name, question->candidates); break;
  case COMPLETE_SERVICE: (void)whorl_node_visit_services(session->node, &options, on_name, question->candidates); break;
  case COMPLETE_ACTION: (void)whorl_node_visit_actions(session->node, &options, on_name, question->candidates); break;
  default: nodes_list(session, question->candidates, false); break;
  }
  return DONE;
}

typedef struct type_listing {
  kind_t kind;
  names_t *candidates;
} type_listing_t;

static void on_type(const char *package, const char *name, void *arg)
{
  const type_listing_t *listing = arg;
  char *type = format_text("%s/%s/%s", package, kind_folder(listing->kind), name);
  add(listing->candidates, type);
  free(type);
}

static void ask_index(complete_kind_t kind, names_t *candidates)
{
  if (kind == COMPLETE_PACKAGE) prefixes_list_packages(candidates);
  for (kind_t i = 0; i < KINDS; i++) {
    bool wanted = kind == COMPLETE_ANY_TYPE || (kind == COMPLETE_MESSAGE_TYPE && i == KIND_MESSAGE) ||
                  (kind == COMPLETE_SERVICE_TYPE && i == KIND_SERVICE) || (kind == COMPLETE_ACTION_TYPE && i == KIND_ACTION);
    if (wanted) (void)types_visit(NULL, i, on_type, &(type_listing_t){i, candidates});
  }
}

static void print_matching(const names_t *candidates, const char *start)
{
  for (size_t i = 0; i < candidates->count; i++)
    if (strncmp(candidates->at[i], start, strlen(start)) == 0) puts(candidates->at[i]);
}

static int complete(const arguments_t *arguments)
{
  names_t candidates = {0};
  question_t question = {complete_words(arguments->words, arguments->word_count, &candidates), &candidates};
  bool graph = question.kind == COMPLETE_TOPIC || question.kind == COMPLETE_NODE || question.kind == COMPLETE_SERVICE ||
               question.kind == COMPLETE_ACTION;
  if (graph)
    (void)session_run(arguments, ask_graph, &question);
  else
    ask_index(question.kind, &candidates);
  if (arguments->word_count > 0) print_matching(&candidates, arguments->words[arguments->word_count - 1]);
  names_fini(&candidates);
  return DONE;
}

static int script(const arguments_t *arguments)
{
  const char *shell = arguments_word(arguments, 0);
  if (strcmp(shell, "bash") != 0) return complain_usage("there is no completion for '%s', only for bash", shell);
  puts("# Completion of whorl's command line in bash: source it, or put it into bash-completion's folder as whorl.\n"
       "_whorl()\n"
       "{\n"
       "  local IFS=$'\\n'\n"
       "  COMPREPLY=($(whorl complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
       "}\n"
       "complete -o default -F _whorl whorl");
  return DONE;
}

const command_t COMPLETION = {
    .group = "completion",
    .words = "SHELL",
    .summary = "prints the script that completes whorl's command line in bash",
    .more = "To try it: source <(whorl completion bash)",
    .lists = {HELP_OPTIONS},
    .run = script,
};
const command_t COMPLETE = {
    .group = "complete",
    .words = "[WORD...]",
    .summary = "lists how the last word can go on; the completion script asks this",
    .lists = {GRAPH_OPTIONS},
    .run = complete,
};
