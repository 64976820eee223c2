/* object: metatables, self checks and error returns for all objects of the core. */
#ifndef SIGMAMIND_OBJECT_H
#define SIGMAMIND_OBJECT_H

#include <stdbool.h>

#include "compat.h"

/* Pushes nil, message, kind, and returns 3: `return failure(L, "closed", "page is closed")`. The
** kinds are those of the Lua layer's error objects. [+3] */
int failure(lua_State *L, const char *kind, const char *message);

typedef struct object_type {
  const char *name;
  const luaL_Reg *methods; /* other than close; NULL: none */
  lua_CFunction close;     /* also __close; idempotent */
  lua_CFunction gc; /* frees C memory, also of an object that was made only in part; NULL: none */
  lua_CFunction tostring;
  const char *fields;  /* the names of its fields, for messages; NULL: none */
  lua_CFunction field; /* (object, name) -> value; nothing for an unknown name; NULL: none */
} object_type;

/* Makes the type's metatable. Each of its functions has the metatable as its first upvalue, and
** after it the `upvalues` values on top of the stack. [-upvalues] */
void object_register(lua_State *L, const object_type *type, int upvalues);

/* Whether the value at the index is that string. */
bool object_is_name(lua_State *L, int index, const char *name);

/* Raises for a name in the table at the index that is not in `names`, which NULL ends; as for
** luaL_argerror, the table is of the argument `argument`. [0] */
void object_check_names(lua_State *L, int table, int argument, const char *what,
                        const char *const *names);

/* The object at index 1, the self of a method of this type; raises for any other value. [0] */
void *object_self(lua_State *L, const char *name);

/* Gives the new userdata on top of the stack the metatable of the type. [0] */
void object_set_type(lua_State *L, const char *name);

#endif
