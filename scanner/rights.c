#include "scanner/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"

/* Groups first: afterwards it may not. */
static bool become(const struct passwd *p)
{
    return initgroups(p->pw_name, p->pw_gid) == 0 &&
           setresgid(p->pw_gid, p->pw_gid, p->pw_gid) == 0 &&
           setresuid(p->pw_uid, p->pw_uid, p->pw_uid) == 0 && setuid(0) != 0;
}

static int refuse(const char *user, const char *why)
{
    log_error("--user %s: %s", user, why);
    return EXIT_USAGE;
}

int rights_drop(const char *user)
{
    const struct passwd *p = user != NULL ? getpwnam(user) : NULL;

    if (user == NULL) {
        if (geteuid() == 0)
            log_warning("running as root, which a census does not need; --user NAME gives it up");
        return EXIT_OK;
    }
    if (p == NULL)
        return refuse(user, "there is no such user");
    if (p->pw_uid == 0)
        return refuse(user, "has the rights of root; name an ordinary user");
    if (geteuid() != 0)
        return p->pw_uid == geteuid() ? EXIT_OK : refuse(user, "only root can become another user");
    return become(p) ? EXIT_OK : refuse(user, strerror(errno));
}
