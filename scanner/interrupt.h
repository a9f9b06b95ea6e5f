/* interrupt: SIGINT and SIGTERM as a number that a loop looks at: 0 go on, 1 drain, 2 or more
 * hurry. */
#ifndef MXC_SCANNER_INTERRUPT_H
#define MXC_SCANNER_INTERRUPT_H

void interrupt_watch(void);
void interrupt_ignore(void); /* in children that the terminal must not end */
int interrupt_count(void);

#endif
