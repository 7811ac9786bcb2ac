/**
 * What PyTorch files say about the tensors in them: zip archives and the stacked pickles that came before, read without
 * running anything. Start at {@link io.github.hanllama.core.checkpoint.torch.TorchContents}.
 *
 * <p>A pickle is a program. The machine here runs the few operations that describe tensors and refuses the rest by
 * name; a name that the file imports becomes a description, never something that is called. No value of the data is read.
 */
package io.github.hanllama.core.checkpoint.torch;
