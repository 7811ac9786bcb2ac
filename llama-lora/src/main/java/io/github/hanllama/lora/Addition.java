package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import java.util.List;
import java.util.Optional;

/** Something an adapter adds to a tensor of the model, times a scale. The infos are those of the file. */
sealed interface Addition {
    float scale();

    /** Of the model's tensor. */
    List<Long> shape();

    /** One tensor of it, for its type. */
    TensorInfo stored();

    /**
     * {@code b @ a} to the weight of a linear layer.
     *
     * @param a (rank, in)
     * @param b (out, rank)
     * @param magnitude (out) of DoRA
     */
    record Pair(TensorInfo a, TensorInfo b, Optional<TensorInfo> magnitude, float scale) implements Addition {
        @Override
        public List<Long> shape() {
            return List.of(b.shape().getFirst(), a.shape().getLast());
        }

        @Override
        public TensorInfo stored() {
            return a;
        }
    }

    /**
     * The transpose of {@code b @ a} to the embedding, whose rows are the vocabulary.
     *
     * @param a (rank, vocabulary)
     * @param b (width, rank)
     */
    record EmbeddingPair(TensorInfo a, TensorInfo b, float scale) implements Addition {
        @Override
        public List<Long> shape() {
            return List.of(a.shape().getLast(), b.shape().getFirst());
        }

        @Override
        public TensorInfo stored() {
            return a;
        }
    }

    /** To the bias of a linear layer, beside the pair of its weight. */
    record Bias(TensorInfo stored, float scale) implements Addition {
        @Override
        public List<Long> shape() {
            return stored.shape();
        }
    }
}
