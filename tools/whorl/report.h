// What the tool says beside its results: complaints on stderr, colours where a terminal shows them, and the ends of a command.
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include <stdbool.h>
#include <stdio.h>

// Exit codes; the last one is what shells make of a program that SIGINT has ended.
enum { DONE = 0, FAILED = 1, USAGE = 2, INTERRUPTED = 130 };

typedef enum colour { PLAIN, BOLD, RED, GREEN, YELLOW } colour_t;

// Why something could not be done, for the caller to tell.
typedef struct fault {
  char text[512];
} fault_t;
void fault_write(fault_t *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define fault_set(...) (fault_write(__VA_ARGS__), false) // `return fault_set(fault, "...", ...)`

void report_set_command(const char *command); // "topic echo": stands in front of every complaint
// One line on stderr; a complaint is followed by an end with FAILED or USAGE, which the macros give.
void report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
void report_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
void report_status(int status, const char *what); // "what: the sentence of a Whorl status: its detail"
#define complain(...) (report_failure(__VA_ARGS__), FAILED)
#define complain_usage(...) (report_misuse(__VA_ARGS__), USAGE)
#define complain_status(status, what) (report_status((status), (what)), FAILED)
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool is_clever_terminal(FILE *stream); // one that can move its cursor and show colours
// The escape sequence that begins a colour (PLAIN: ends it), or "": no clever terminal, or NO_COLOR is set.
const char *colour(FILE *stream, colour_t which);

void *must(void *memory);          // ends the program when it is NULL
char *copy_text(const char *text); // with malloc; the program ends without memory
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
