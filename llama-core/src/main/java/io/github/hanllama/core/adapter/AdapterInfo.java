package io.github.hanllama.core.adapter;

import io.github.hanllama.core.checkpoint.TensorInfo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * What an adapter is and what it needs, known from headers alone.
 *
 * @param kind for example {@code "LoRA"}
 * @param needs name and shape of every base tensor it adds to; of a patch, whose headers are all of its files, only once opened
 * @param replaces name and shape of every tensor it brings whole
 * @param vocabularySize the size of the tokenizer or embedding it brings
 * @param declaredBase the base it says it was trained on; often somebody's local path, never to be trusted
 * @param facts rank, alpha and the like, in words for display
 */
public record AdapterInfo(
        String kind,
        List<TensorInfo> needs,
        List<TensorInfo> replaces,
        OptionalInt vocabularySize,
        Optional<String> declaredBase,
        SequencedMap<String, String> facts) {}
