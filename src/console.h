/*
** console: what the command `sigmamind` asks of its process and its terminal. Nothing here is called
** unless the command runs: a signal handler is the process's, and a module has none.
*/
#ifndef SIGMAMIND_CONSOLE_H
#define SIGMAMIND_CONSOLE_H

#include <lua.h>

/* Pushes a table of its functions. [+1] */
void console_push(lua_State *L);

#endif
