// The smallest program that proves an installed Whorl: it compiles, links and runs.
#include <stdio.h>
#include <whorl/whorl.h>

int main(void) { return puts(whorl_status_name(WHORL_OK)) < 0; }
