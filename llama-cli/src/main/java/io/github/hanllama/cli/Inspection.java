package io.github.hanllama.cli;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a file or folder turned out to be.
 *
 * @param format for example {@code "huggingface-safetensors"}
 * @param tensors in the order of the files; of an adapter what it replaces
 * @param verdict whether it hangs together, in a sentence
 */
record Inspection(
        String format,
        Optional<LlamaConfig> config,
        List<TensorInfo> tensors,
        Optional<Tokenizer> tokenizer,
        Optional<AdapterInfo> adapter,
        String verdict) {

    /** The same with something said before the verdict. */
    Inspection explained(String words) {
        return new Inspection(format, config, tensors, tokenizer, adapter, words + "; here of " + verdict);
    }

    /** {@code 0.16 M parameters in F32}. */
    static String size(List<TensorInfo> tensors) {
        long parameters = tensors.stream().mapToLong(TensorInfo::elements).sum();
        String types = tensors.stream()
                .map(tensor -> tensor.dtype().name())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
        return String.format(Locale.ROOT, "%.2f M parameters in %s", parameters / 1e6, types);
    }
}
