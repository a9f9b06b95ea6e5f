#include "scanner/base/json_copy.h"

void json_copy(struct json_writer *w, const char *key, const struct json *n)
{
    switch (n->type) {
    case JSON_NULL:
        json_write_null(w, key);
        break;
    case JSON_BOOL:
        json_write_bool(w, key, n->boolean);
        break;
    case JSON_INT:
        json_write_int(w, key, n->integer);
        break;
    case JSON_REAL:
        json_write_double(w, key, n->real);
        break;
    case JSON_STRING:
        json_write_bytes(w, key, n->string, n->len);
        break;
    case JSON_OBJECT:
        json_open_object(w, key);
        for (const struct json *m = n->child; m != NULL; m = m->next)
            json_copy(w, m->key, m);
        json_close_object(w);
        break;
    case JSON_ARRAY:
        json_open_array(w, key);
        for (const struct json *m = n->child; m != NULL; m = m->next)
            json_copy(w, NULL, m);
        json_close_array(w);
        break;
    }
}
