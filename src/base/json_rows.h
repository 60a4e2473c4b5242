// Test support: reads the recorded tables (names.json, qos_compat.json), which hold one flat object per line.
#ifndef WHORL_BASE_JSON_ROWS_H
#define WHORL_BASE_JSON_ROWS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Opens a file that lies beside the calling test: json_rows_open(__FILE__, "names.json").
static inline FILE *json_rows_open(const char *test_file, const char *name)
{
  char path[4096];
  const char *slash = strrchr(test_file, '/');
  snprintf(path, sizeof path, "%.*s%s", slash != NULL ? (int)(slash - test_file + 1) : 0, test_file, name);
  return fopen(path, "r");
}

// The value behind `"key": `, or NULL.
static inline const char *json_value(const char *row, const char *key)
{
  char wanted[64];
  snprintf(wanted, sizeof wanted, "\"%s\": ", key);
  const char *found = strstr(row, wanted);
  return found != NULL ? found + strlen(wanted) : NULL;
}

// A string member with its escapes resolved (these files have \n, \" and \\ only); false if there is none.
static inline bool json_text(const char *row, const char *key, char *text, size_t size)
{
  const char *at = json_value(row, key);
  if (at == NULL || *at != '"') return false;
  size_t length = 0;
  for (at++; *at != '"' && *at != '\0' && length + 1 < size; at++) {
    if (*at == '\\') at++;
    text[length++] = at[-1] == '\\' && *at == 'n' ? '\n' : *at;
  }
  text[length] = '\0';
  return true;
}

static inline long json_number(const char *row, const char *key, long missing)
{
  const char *at = json_value(row, key);
  return at != NULL ? strtol(at, NULL, 10) : missing;
}

static inline bool json_true(const char *row, const char *key)
{
  const char *at = json_value(row, key);
  return at != NULL && strncmp(at, "true", 4) == 0;
}

#endif
