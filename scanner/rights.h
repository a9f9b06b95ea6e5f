/* rights: a census needs none that an ordinary user has not. */
#ifndef MXC_SCANNER_RIGHTS_H
#define MXC_SCANNER_RIGHTS_H

/* To be called before anything is opened or made. As root it becomes that user, with its groups,
 * for good; without one (NULL) it warns. As anybody else a name is only taken if it is their own.
 * An exit status; one line on standard error if it is not EXIT_OK. */
int rights_drop(const char *user);

#endif
