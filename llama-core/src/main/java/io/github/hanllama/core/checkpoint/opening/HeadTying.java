package io.github.hanllama.core.checkpoint.opening;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.source.ModelFiles;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Whether the head is the embedding, when configuration and files say different things: the files count. */
public final class HeadTying {
    private HeadTying() {}

    /**
     * A configuration says "tied" and the files hold a head: the same values are a mere copy, others are a head of its
     * own. (A missing head of an untied model stays missing: a base model without its head looks just so.)
     */
    public static LlamaConfig resolve(
            ModelFiles files, LlamaConfig config, Map<String, Tensor> tensors, Consumer<String> warnings) {
        Tensor head = tensors.get(TensorNames.LM_HEAD);
        Tensor embedding = tensors.get(TensorNames.EMBED_TOKENS);
        if (!config.tieWordEmbeddings() || head == null || embedding == null) {
            return config;
        }
        if (files.headersOnly() || same(head, embedding)) {
            return config;
        }
        warnings.accept(files.origin() + ": config.json says tie_word_embeddings, but " + TensorNames.LM_HEAD
                + " differs from the embedding; using it as a head of its own");
        return config.toBuilder().tieWordEmbeddings(false).build();
    }

    private static boolean same(Tensor head, Tensor embedding) {
        return head.info().dtype() == embedding.info().dtype()
                && head.info().shape().equals(embedding.info().shape())
                && sameBytes(head, embedding);
    }

    private static boolean sameBytes(Tensor head, Tensor embedding) {
        Optional<MemorySegment> one = head.raw();
        Optional<MemorySegment> other = embedding.raw();
        return one.isPresent() && other.isPresent()
                ? one.get().mismatch(other.get()) == -1
                : ContentDigest.of(head).equals(ContentDigest.of(embedding));
    }
}
