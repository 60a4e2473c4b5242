#include "node/service_id.h"

#include <stdio.h>
#include <string.h>

void whorl__service_id_write(const uint8_t bytes[16], char id[WHORL__SERVICE_ID_SIZE])
{
  int used = snprintf(id, WHORL__SERVICE_ID_SIZE, "%2x", bytes[0]);
  for (int i = 1; i < 16; i++) used += snprintf(id + used, WHORL__SERVICE_ID_SIZE - (size_t)used, ".%x", bytes[i]);
}

bool whorl__user_data_read(const char *user_data, const char *key, char *ret_value, size_t room)
{
  size_t length = strlen(key);
  while (*user_data != '\0') {
    size_t pair = strcspn(user_data, ";");
    if (pair > length && memcmp(user_data, key, length) == 0 && user_data[length] == '=') {
      size_t size = pair - length - 1;
      if (size == 0 || size >= room) return false;
      memcpy(ret_value, user_data + length + 1, size);
      ret_value[size] = '\0';
      return true;
    }
    user_data += pair + (user_data[pair] == ';');
  }
  return false;
}

bool whorl__service_id_read(const char *user_data, const char *key, char id[WHORL__SERVICE_ID_SIZE])
{
  return whorl__user_data_read(user_data, key, id, WHORL__SERVICE_ID_SIZE);
}
