/* frame: one independent zstd frame (RFC 8878) of whole lines, the unit of result files and queue.
 */
#ifndef MXC_BASE_FRAME_H
#define MXC_BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/buf.h"

/* Append one frame, content size and checksum included, to out. False past out's ceiling. */
bool frame_compress(struct buf *out, const void *data, size_t len);

/* Append the content of the frame at data to out. Returns the compressed bytes used; 0 when data
 * does not begin with a whole frame; -1 when it is corrupt or its content passes out's ceiling, or
 * FRAME_CONTENT_MAX: what a frame promises costs that memory before it is known to be so. */
#define FRAME_CONTENT_MAX ((size_t)1 << 30) /* a batch of the largest policies is 0.1 */
ptrdiff_t frame_decompress(struct buf *out, const void *data, size_t len);

/* The compressed bytes of the frame at data by its headers alone; 0 and -1 as above. */
ptrdiff_t frame_length(const void *data, size_t len);

/* Each thread keeps its contexts for the next frame; one that ends gives them back by this. */
void frame_thread_end(void);

#endif
