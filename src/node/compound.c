#include "node/compound.h"

#include "node/remap.h"

static whorl__compound_t *self_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, whorl__compound_t, entity); }

static void retire_entity(whorl__entity_t *entity)
{
  whorl__compound_t *self = self_of(entity);
  if (self->retire != NULL) self->retire(self);
}

static void release_entity(whorl__entity_t *entity) { whorl__compound_unuse(self_of(entity)); }

int whorl__compound_start(whorl__compound_t *self, whorl__handle_table_t *table, whorl__node_t *node, const char *kind, const char *name)
{
  static const whorl__entity_ops_t ops = {.retire = retire_entity, .release = release_entity};
  atomic_init(&self->references, 2);
  if (kind != NULL) WHORL_TRY(whorl__expand_name(node, kind, name, &WHORL_QOS_SERVICES, &self->name));
  WHORL_TRY(whorl__entity_prepare(&self->entity, &ops, table, node));
  int status = whorl__entity_publish(&self->entity, NULL);
  if (status < 0) whorl__entity_abandon(&self->entity);
  return status;
}

int whorl__compound_use(whorl__handle_table_t *table, uint64_t id, whorl__compound_t **ret_self)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(table, id, (void **)&entity));
  *ret_self = self_of(entity);
  atomic_fetch_add(&(*ret_self)->references, 1);
  whorl__handle_unpin(table, id);
  return WHORL_OK;
}

void whorl__compound_unuse(whorl__compound_t *self)
{
  if (atomic_fetch_sub(&self->references, 1) == 1) self->free_self(self);
}

int whorl__compound_end(whorl__compound_t *self) { return whorl__entity_destroy(self->entity.table, self->entity.id); }

const char *whorl__compound_name(whorl__handle_table_t *table, uint64_t id)
{
  whorl__entity_t *entity;
  if (whorl__handle_pin(table, id, (void **)&entity) < 0) return "";
  const char *name = self_of(entity)->name;
  whorl__handle_unpin(table, id);
  return name;
}
