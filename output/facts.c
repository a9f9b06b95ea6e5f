#include "output/facts.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

_Static_assert(POPULATION_COUNT == 4, "FACT_MEMBERS is 3 to the 4th");

enum tri fact_member(unsigned members, enum population p)
{
    for (int i = 0; i < (int)p; i++)
        members /= TRI_COUNT;
    return (enum tri)(members % TRI_COUNT);
}

void fact_read(struct fact *f, const struct joined *d)
{
    int64_t rank = json_get_int(d->record, "rank", 0);
    unsigned members = 0;

    memset(f, 0, sizeof(*f));
    f->rank = rank > 0 && rank <= UINT32_MAX ? (uint32_t)rank : 0;
    for (int p = POPULATION_COUNT - 1; p >= 0; p--)
        members = members * TRI_COUNT + metric_judge(&populations[p], d);
    f->members = (uint8_t)members;
    for (size_t m = 0; m < metric_count; m++)
        f->answers[m / 4] |= (uint8_t)(metric_judge(&metrics[m], d) << m % 4 * 2);
}

bool facts_open(struct facts *f, const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    f->file = fd >= 0 ? fdopen(fd, "w+b") : tmpfile();
    if (f->file == NULL && fd >= 0)
        close(fd);
    return f->file != NULL;
}

void facts_close(struct facts *f)
{
    if (f->file != NULL)
        fclose(f->file);
    f->file = NULL;
}

void facts_add(struct facts *f, const struct fact *fact)
{
    fwrite(fact, sizeof(*fact), 1, f->file); /* an error sticks: facts_each() sees it */
}

bool facts_each(struct facts *f, void (*take)(void *context, const struct fact *fact),
                void *context)
{
    struct fact fact;

    if (fflush(f->file) != 0 || ferror(f->file) || fseek(f->file, 0, SEEK_SET) != 0)
        return false;
    while (fread(&fact, sizeof(fact), 1, f->file) == 1)
        take(context, &fact);
    return !ferror(f->file);
}
