/* interrupt: SIGINT, SIGTERM and SIGHUP as a number that a loop looks at: 0 go on, 1 drain, 2 or
 * more hurry. SIGHUP stays ignored where the caller had it so, as nohup does. */
#ifndef MXC_SCANNER_INTERRUPT_H
#define MXC_SCANNER_INTERRUPT_H

void interrupt_watch(void);
/* In a child, before it asks for a signal at its parent's death: a handler inherited from the
 * parent would count it, and nobody would look. */
void interrupt_forget(void);
int interrupt_count(void);

#endif
