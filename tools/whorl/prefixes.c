#include "prefixes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

#define INDEX "share/ament_index/resource_index/rosidl_interfaces"

static void add_variable(names_t *prefixes, const char *variable)
{
  const char *value = getenv(variable);
  while (value != NULL && *value != '\0') {
    size_t length = strcspn(value, ":");
    if (length > 0) names_add_new(prefixes, value, length);
    value += length + (value[length] == ':');
  }
}

// <prefix>/share/whorl/interfaces of <prefix>/bin/whorl.
static void add_own(names_t *prefixes)
{
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  for (int i = 0; i < 2; i++) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) return;
    *slash = '\0';
  }
  char *own = format_text("%s/share/whorl/interfaces", path);
  names_add_new(prefixes, own, strlen(own));
  free(own);
}

void prefixes_list(names_t *prefixes)
{
  add_variable(prefixes, "WHORL_TYPESUPPORT_PATH");
  add_variable(prefixes, "AMENT_PREFIX_PATH");
  add_own(prefixes);
}

void prefixes_list_packages(names_t *packages)
{
  names_t prefixes = {0};
  prefixes_list(&prefixes);
  for (size_t i = 0; i < prefixes.count; i++) {
    char *path = format_text("%s/" INDEX, prefixes.at[i]);
    DIR *folder = opendir(path);
    free(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
      if (entry->d_name[0] != '.') names_add_new(packages, entry->d_name, strlen(entry->d_name));
    if (folder != NULL) closedir(folder);
  }
  names_sort(packages);
  names_fini(&prefixes);
}

char *prefixes_read_file(const char *path)
{
  FILE *file = fopen(path, "r");
  if (file == NULL) return NULL;
  char *text = NULL;
  size_t size = 0;
  ssize_t length = getdelim(&text, &size, '\0', file);
  fclose(file);
  if (length >= 0) return text;
  free(text);
  return NULL;
}

char *prefixes_read_index(const char *package)
{
  names_t prefixes = {0};
  prefixes_list(&prefixes);
  char *text = NULL;
  for (size_t i = 0; i < prefixes.count && text == NULL; i++) {
    char *path = format_text("%s/" INDEX "/%s", prefixes.at[i], package);
    text = prefixes_read_file(path);
    free(path);
  }
  names_fini(&prefixes);
  return text;
}
