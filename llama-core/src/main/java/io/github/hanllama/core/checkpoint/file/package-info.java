/**
 * Files of weights before anyone knows what tensors are in them: what their first bytes and their names say they are
 * ({@link io.github.hanllama.core.checkpoint.file.FileFormat}, {@link
 * io.github.hanllama.core.checkpoint.file.WeightKind}), and how they are mapped ({@link
 * io.github.hanllama.core.checkpoint.file.MappedFile}). No format is parsed here.
 */
package io.github.hanllama.core.checkpoint.file;
