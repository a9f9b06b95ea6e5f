#include "scanner/queue/library.h"

/* The assembler of gcc and that of clang both know .incbin; the path is from the top of the tree,
 * as in an #include. */
__asm__(".pushsection .rodata\n"
        ".globl library_text\n"
        ".type library_text, @object\n"
        "library_text:\n"
        ".incbin \"scanner/queue/mxcensus_v1.lua\"\n"
        ".byte 0\n"
        ".size library_text, . - library_text\n"
        ".popsection\n");
