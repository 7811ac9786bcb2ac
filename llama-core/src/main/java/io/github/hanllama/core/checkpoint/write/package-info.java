/**
 * How models are written, whatever the format: {@link io.github.hanllama.core.checkpoint.write.FolderWriter} takes a
 * {@link io.github.hanllama.core.checkpoint.write.FolderPlan}, in which a format says which tensors go where, and a
 * {@link io.github.hanllama.core.checkpoint.write.WriteTeam} does the jobs, in bounded memory. The layouts of files
 * are here too; what is in a folder besides is known where the plans are.
 */
package io.github.hanllama.core.checkpoint.write;
