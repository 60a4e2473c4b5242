// Cyclone's domains: created with Whorl's configuration by the first participant of a process, deleted with the last.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/domain_config.h"
#include "whorl/status.h"

static pthread_mutex_t domains_lock = PTHREAD_MUTEX_INITIALIZER;
static whorl__cyclone_domain_t *domains;

// Cyclone explains a failed creation only in its log, which otherwise goes to stderr. The first error of the creation is kept for the
// sentence, and what else it would print then is dropped. (A log sink of the user's own is lost with this: Cyclone does not say what was set before.)
typedef struct explanation {
  char text[160];
} explanation_t;

static void keep_first(void *arg, const dds_log_data_t *entry)
{
  explanation_t *explanation = arg;
  if (!(entry->priority & (DDS_LC_ERROR | DDS_LC_FATAL)) || explanation->text[0] != '\0') return;
  size_t length = strcspn(entry->message, "\n");
  if (length >= sizeof explanation->text) length = sizeof explanation->text - 1;
  memcpy(explanation->text, entry->message, length);
  explanation->text[length] = '\0';
}

static int create(whorl__cyclone_domain_t *domain, const char *text)
{
  explanation_t explanation = {""};
  dds_set_log_sink(keep_first, &explanation);
  dds_entity_t entity = dds_create_domain(domain->id, text);
  dds_set_log_sink(NULL, NULL);
  if (entity == DDS_RETCODE_PRECONDITION_NOT_MET)
    return WHORL_OK; // the process uses Cyclone in this domain by itself: its configuration stands
  if (entity < 0) {
    int status = strstr(explanation.text, "participant index") != NULL ? WHORL_LIMIT_EXCEEDED : whorl__cyclone_status(entity);
    return whorl__fail(status, "domain %u cannot be opened: Cyclone DDS says '%s'", domain->id,
                       explanation.text[0] != '\0' ? explanation.text : dds_strretcode(entity));
  }
  domain->entity = entity;
  return WHORL_OK;
}

static int domain_new(uint32_t id, const char *config, whorl__cyclone_domain_t **ret_domain)
{
  whorl__cyclone_domain_t *domain = whorl__alloc(sizeof *domain);
  if (domain == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  domain->id = id;
  whorl__list_init(&domain->readers);
  pthread_mutex_init(&domain->readers_lock, NULL);
  int status = create(domain, config);
  if (status < 0) {
    pthread_mutex_destroy(&domain->readers_lock);
    whorl__free(domain);
    return status;
  }
  *ret_domain = domain;
  return WHORL_OK;
}

int whorl__cyclone_domain_acquire(const whorl__participant_options_t *options, whorl__cyclone_domain_t **ret_domain)
{
  whorl__domain_environment_t environment;
  whorl__domain_config_t config;
  whorl__domain_environment_read(options->domain_id, &environment);
  int status = whorl__domain_config_make(&environment, &config);
  if (status < 0) return status;
  pthread_mutex_lock(&domains_lock);
  whorl__cyclone_domain_t *domain = domains;
  while (domain != NULL && domain->id != options->domain_id) domain = domain->next;
  if (domain == NULL) {
    status = domain_new(options->domain_id, config.text, &domain);
    if (status >= 0) {
      domain->next = domains;
      domains = domain;
    }
  }
  if (status >= 0) {
    domain->participants++;
    *ret_domain = domain;
  }
  pthread_mutex_unlock(&domains_lock);
  if (status >= 0 && config.warning[0] != '\0' && options->warn != NULL) options->warn(options->warn_arg, config.warning);
  whorl__free(config.text);
  return status;
}

void whorl__cyclone_domain_release(whorl__cyclone_domain_t *domain)
{
  pthread_mutex_lock(&domains_lock);
  if (--domain->participants == 0) {
    whorl__cyclone_domain_t **place = &domains;
    while (*place != domain) place = &(*place)->next;
    *place = domain->next;
    if (domain->entity > 0) dds_delete(domain->entity);
    pthread_mutex_destroy(&domain->readers_lock);
    whorl__free(domain);
  }
  pthread_mutex_unlock(&domains_lock);
}
