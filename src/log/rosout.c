// Which node speaks for an entry, and its publisher on /rosout. Called on whatever thread logs, with no lock held: the transport copies the entry, or refuses it.
#include "log/rosout.h"

#include <string.h>

#include "base/detail.h"
#include "base/local.h"
#include "base/log.h"
#include "base/memory.h"
#include "node/publisher.h"

enum { SECOND_NS = 1000000000 };

typedef struct outlet { // of a node; ends with its memory
  whorl__link_t link;
  const whorl__node_t *node;
  whorl_publisher_t publisher;
  atomic_uint_fast64_t published, lost;
} outlet_t;

static struct {
  pthread_rwlock_t lock; // nothing but the list and pins below it
  pthread_once_t once;
  whorl__list_t outlets; // in order of their coming
} all = {.lock = PTHREAD_RWLOCK_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static outlet_t *outlet_at(whorl__link_t *link) { return WHORL__CONTAINER(link, outlet_t, link); }

// --- one entry

static rosidl_runtime_c__String lend(const char *text)
{
  size_t size = text == NULL ? 0 : strlen(text);
  return (rosidl_runtime_c__String){.data = (char *)(uintptr_t)(text == NULL ? "" : text), .size = size, .capacity = size + 1};
}

void whorl__rosout_fill(const whorl_log_entry_t *entry, rcl_interfaces__msg__Log *ret_message)
{
  *ret_message = (rcl_interfaces__msg__Log){.stamp.sec = (int32_t)(entry->stamp_ns / SECOND_NS),
                                            .stamp.nanosec = (uint32_t)(entry->stamp_ns % SECOND_NS),
                                            .level = (uint8_t)entry->severity,
                                            .name = lend(entry->logger),
                                            .msg = lend(entry->message),
                                            .file = lend(entry->file),
                                            .function = lend(entry->function),
                                            .line = (uint32_t)entry->line};
}

// How much of a logger's name is the node's; 0: it is neither the node's logger nor below it.
static size_t common_length(const char *logger, const char *node_logger)
{
  size_t length = strlen(node_logger);
  return strncmp(logger, node_logger, length) == 0 && (logger[length] == '\0' || logger[length] == '.') ? length : 0;
}

// The nearest node whose publisher is there. Pinned, that keeps the node and its outlet.
static outlet_t *pin_nearest(const char *logger, whorl__publisher_t **ret_publisher)
{
  outlet_t *nearest = NULL;
  size_t longest = 0;
  pthread_rwlock_rdlock(&all.lock);
  for (whorl__link_t *link = whorl__list_first(&all.outlets); link != NULL; link = whorl__list_next(&all.outlets, link)) {
    outlet_t *outlet = outlet_at(link);
    size_t length = common_length(logger, outlet->node->logger);
    whorl__publisher_t *publisher;
    if (length <= longest || whorl__publisher_pin(outlet->publisher, &publisher) < 0) continue;
    if (nearest != NULL) whorl__publisher_unpin(nearest->publisher);
    nearest = outlet;
    longest = length;
    *ret_publisher = publisher;
  }
  pthread_rwlock_unlock(&all.lock);
  return nearest;
}

static void publish(outlet_t *outlet, const whorl__publisher_t *publisher, const whorl_log_entry_t *entry)
{
  whorl__participant_t *participant = publisher->writer->participant;
  whorl_log_entry_t stamped = *entry;
  if (outlet->node->context->is_simulated) stamped.stamp_ns = participant->ops->now_ns(participant); // its world has a time of its own
  rcl_interfaces__msg__Log message;
  whorl__rosout_fill(&stamped, &message);
  atomic_fetch_add(participant->ops->write_copy(publisher->writer, &message) < 0 ? &outlet->lost : &outlet->published, 1);
}

// The logger's caller is not to find another sentence than his own in whorl_detail.
static void forward(const whorl_log_entry_t *entry)
{
  whorl__detail_t detail = *whorl__local()->detail;
  whorl__publisher_t *publisher;
  outlet_t *outlet = pin_nearest(entry->logger, &publisher);
  if (outlet != NULL) {
    whorl_publisher_t handle = outlet->publisher;
    publish(outlet, publisher, entry);
    whorl__publisher_unpin(handle);
  }
  *whorl__local()->detail = detail;
}

// --- outlets

static void init_all(void)
{
  whorl__list_init(&all.outlets);
  whorl__log_set_forward(forward);
}

static void add(outlet_t *outlet)
{
  pthread_rwlock_wrlock(&all.lock);
  whorl__list_append(&all.outlets, &outlet->link);
  pthread_rwlock_unlock(&all.lock);
}

static void free_outlet(void *object)
{
  outlet_t *outlet = object;
  pthread_rwlock_wrlock(&all.lock);
  if (whorl__link_listed(&outlet->link)) whorl__list_remove(&outlet->link);
  pthread_rwlock_unlock(&all.lock);
  whorl__free(outlet);
}

static whorl__switch_t said_by(const whorl__arguments_t *arguments)
{
  return arguments == NULL ? WHORL__SWITCH_DEFAULT : arguments->rosout_logs;
}

static bool is_wanted(const whorl__node_t *node, const whorl_node_options_t *options)
{
  whorl__switch_t said = said_by(node->arguments);
  if (said == WHORL__SWITCH_DEFAULT && !node->ignores_global) said = said_by(node->context->arguments);
  return said != WHORL__SWITCH_OFF && whorl__node_wants(node, options->rosout);
}

int whorl__rosout_bring(whorl__node_t *node, const whorl_node_options_t *options)
{
  if (!is_wanted(node, options)) return WHORL_OK;
  outlet_t *outlet = whorl__alloc(sizeof *outlet);
  if (outlet == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for node '%s'", node->full_name);
  outlet->node = node;
  whorl__node_keep(node, WHORL__KEPT_LOG, outlet, free_outlet);
  pthread_once(&all.once, init_all);
  const whorl_publisher_options_t publisher = {.qos = &WHORL_QOS_ROSOUT};
  WHORL_TRY(
      whorl_publisher_create((whorl_node_t){node->id}, WHORL_MESSAGE(rcl_interfaces, msg, Log), "/rosout", &publisher, &outlet->publisher));
  add(outlet);
  return WHORL_OK;
}

int whorl_node_read_rosout_counts(whorl_node_t handle, whorl_rosout_counts_t *ret_counts)
{
  whorl__node_t *node;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_read_rosout_counts: ret_counts is NULL");
  WHORL_TRY(whorl__node_pin(handle, &node));
  outlet_t *outlet = node->kept[WHORL__KEPT_LOG].object;
  *ret_counts = outlet == NULL ? (whorl_rosout_counts_t){0}
                               : (whorl_rosout_counts_t){atomic_load(&outlet->published), atomic_load(&outlet->lost)};
  whorl__node_unpin(node);
  return WHORL_OK;
}
