#include "task/pool.h"

#include "base/memory.h"

void whorl__pool_init(whorl__pool_t *pool, size_t size)
{
  *pool = (whorl__pool_t){.size = size};
  pthread_mutex_init(&pool->lock, NULL);
  whorl__list_init(&pool->free);
}

void whorl__pool_fini(whorl__pool_t *pool)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&pool->free)) != NULL;) whorl__free(link);
  pthread_mutex_destroy(&pool->lock);
}

void *whorl__pool_take(whorl__pool_t *pool, bool *ret_fresh)
{
  pthread_mutex_lock(&pool->lock);
  void *item = whorl__list_pop(&pool->free);
  pthread_mutex_unlock(&pool->lock);
  *ret_fresh = item == NULL;
  if (item == NULL) item = pool->permanent ? whorl__alloc_permanent(pool->size) : whorl__alloc(pool->size);
  return item;
}

void whorl__pool_give(whorl__pool_t *pool, void *item)
{
  pthread_mutex_lock(&pool->lock);
  whorl__list_append(&pool->free, item);
  pthread_mutex_unlock(&pool->lock);
}
