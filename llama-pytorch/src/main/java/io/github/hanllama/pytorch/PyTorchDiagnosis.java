package io.github.hanllama.pytorch;

import java.util.List;

/**
 * What was found when libtorch was looked for; it is looked for once.
 *
 * <pre>{@code
 * System.out.println(PyTorchDiagnosis.get().sentence());
 * // libtorch 2.7.1 (cpu, linux-x86_64) of the class path on cpu, bf16 emulated, int8 native
 * }</pre>
 *
 * @param usable whether models can be loaded
 * @param sentence what was found, or why nothing can be used and what to do
 * @param devices names of the devices that work: {@code cpu}, {@code cuda:0}; empty when not usable
 */
public record PyTorchDiagnosis(boolean usable, String sentence, List<String> devices) {
    public PyTorchDiagnosis {
        devices = List.copyOf(devices);
    }

    /** Loads libtorch when that has not happened yet, which takes a second, or ten when it has to be unpacked. */
    public static PyTorchDiagnosis get() {
        return Libtorch.diagnosis();
    }

    static PyTorchDiagnosis unusable(String sentence) {
        return new PyTorchDiagnosis(false, sentence, List.of());
    }
}
