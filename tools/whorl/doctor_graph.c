// The doctor's look at the graph.
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "listing.h"
#include "nodes.h"
#include "types.h"

static bool reports(const doctor_t *self) { return arguments_has(self->session->arguments, "report"); }

static void look_at_nodes(doctor_t *self)
{
  names_t nodes = {0};
  nodes_list(self->session, &nodes, false);
  doctor_find(self, LEVEL_OK, "%zu node%s", nodes.count, nodes.count == 1 ? " is known" : "s are known");
  for (size_t i = 0; i < nodes.count && reports(self); i++) doctor_find(self, LEVEL_NOTE, "node %s", nodes.at[i]);
  for (size_t i = 1; i < nodes.count; i++) {
    const bool twice = strcmp(nodes.at[i], nodes.at[i - 1]) == 0, told = i > 1 && strcmp(nodes.at[i], nodes.at[i - 2]) == 0;
    if (twice && !told) doctor_find(self, LEVEL_WARNING, "several nodes have the name %s", nodes.at[i]);
  }
  names_fini(&nodes);
}

typedef struct inspection {
  doctor_t *doctor;
  names_t told; // types that were complained of
  size_t count, hidden;
  bool service;
} inspection_t;

// As ros2's report has it: how many there are at both ends.
static void report_name(const inspection_t *inspection, const char *name, const char *types)
{
  whorl_node_t node = inspection->doctor->session->node;
  size_t one = 0, other = 0;
  (void)(inspection->service ? whorl_node_count_services : whorl_node_count_publishers)(node, name, &one);
  (void)(inspection->service ? whorl_node_count_clients : whorl_node_count_subscribers)(node, name, &other);
  doctor_find(inspection->doctor, LEVEL_NOTE,
              inspection->service ? "service %s [%s]: servers %zu, clients %zu" : "topic %s [%s]: publishers %zu, subscriptions %zu", name,
              types, one, other);
}

static void on_name(const char *name, const char *const *types, size_t type_count, void *arg)
{
  inspection_t *inspection = arg;
  if (whorl_name_is_hidden(name))
    inspection->hidden++;
  else
    inspection->count++;
  char *line = types_line(types, type_count);
  if (reports(inspection->doctor) && !whorl_name_is_hidden(name)) report_name(inspection, name, line);
  if (type_count > 1) doctor_find(inspection->doctor, LEVEL_FAILURE, "%s is used with several types: %s", name, line);
  free(line);
  for (size_t i = 0; i < type_count; i++) {
    whorl_message_type_t message;
    whorl_service_type_t service;
    fault_t fault;
    bool there = inspection->service ? types_load_service(types[i], &service, &fault) : types_load_message(types[i], &message, &fault);
    if (there || names_have(&inspection->told, types[i])) continue;
    names_add(&inspection->told, types[i]);
    doctor_find(inspection->doctor, LEVEL_NOTE, "%s: its type is not installed here: %s", name, fault.text);
  }
}

static void look_at_names(doctor_t *self)
{
  inspection_t topics = {.doctor = self}, services = {.doctor = self, .service = true};
  (void)whorl_node_visit_topics(self->session->node, NULL, on_name, &topics);
  (void)whorl_node_visit_services(self->session->node, NULL, on_name, &services);
  const size_t hidden = topics.hidden + services.hidden; // they are looked at all the same
  char *more = hidden > 0 ? format_text(", and %zu hidden", hidden) : copy_text("");
  doctor_find(self, LEVEL_OK, "%zu topic%s and %zu service%s are known%s", topics.count, topics.count == 1 ? "" : "s", services.count,
              services.count == 1 ? "" : "s", more);
  free(more);
  names_fini(&topics.told);
  names_fini(&services.told);
}

static void look_at_discovery(doctor_t *self)
{
  whorl_graph_counts_t counts;
  if (whorl_node_read_graph_counts(self->session->node, &counts) < 0) return;
  if (counts.malformed > 0)
    doctor_find(self, LEVEL_WARNING, "%ju descriptions of nodes make no sense: somebody speaks another dialect",
                (uintmax_t)counts.malformed);
  if (counts.lost > 0) doctor_find(self, LEVEL_WARNING, "%ju descriptions of nodes were lost", (uintmax_t)counts.lost);
}

static void on_misfit(const whorl_misfit_t *misfit, void *arg)
{
  inspection_t *inspection = arg;
  inspection->count++;
  doctor_find(inspection->doctor, LEVEL_FAILURE, "%s", misfit->text);
}

void doctor_look_at_graph(doctor_t *self)
{
  doctor_title("Graph");
  look_at_nodes(self);
  look_at_names(self);
  look_at_discovery(self);
  doctor_title("Publishers and subscriptions");
  inspection_t misfits = {.doctor = self};
  int status = whorl_node_visit_misfits(self->session->node, NULL, on_misfit, &misfits);
  if (status < 0) doctor_find(self, LEVEL_WARNING, "they cannot be compared: %s", whorl_status_sentence(status));
  if (status >= 0 && misfits.count == 0) doctor_find(self, LEVEL_OK, "all that share a topic fit each other");
}
