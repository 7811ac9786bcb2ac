/**
 * An engine on libtorch: {@link io.github.hanllama.pytorch.PyTorchEngine} is found by name, {@code "pytorch"}; {@link
 * io.github.hanllama.pytorch.PyTorchDiagnosis} says what this machine offers it.
 *
 * <p>DJL only brings the library, tensors and a way to run TorchScript, which is written here as text. No DJL type leaves
 * this package.
 */
package io.github.hanllama.pytorch;
