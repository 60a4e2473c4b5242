// Lines on a terminal that are painted over by what comes next. Elsewhere they are lines like any others.
#ifndef TOOL_LIVE_H
#define TOOL_LIVE_H

void live_show(const char *text); // one or more lines, without the last newline
void live_keep(void);             // what is shown stays; the next line begins below it
void live_clear(void);            // on a terminal what is shown goes

#endif
