// The prefixes below which interface packages are installed, and ament's index there.
#ifndef TOOL_PREFIXES_H
#define TOOL_PREFIXES_H

#include "names.h"

void prefixes_list(names_t *prefixes);          // in the order of the search
void prefixes_list_packages(names_t *packages); // with interfaces, in alphabetical order
char *prefixes_read_index(const char *package); // what the index has of a package's interfaces; NULL: nothing. The caller's to free
char *prefixes_read_file(const char *path);     // a whole file; NULL: there is none. The caller's to free

#endif
