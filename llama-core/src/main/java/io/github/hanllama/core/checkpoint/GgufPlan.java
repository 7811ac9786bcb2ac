package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.gguf.GgufConfigWriter;
import io.github.hanllama.core.checkpoint.gguf.GgufHead;
import io.github.hanllama.core.checkpoint.gguf.GgufSeal;
import io.github.hanllama.core.checkpoint.gguf.GgufTokens;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.GgufVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a written GGUF file will hold, known before its first byte is written. */
final class GgufPlan {
    private final String name;
    private final LlamaConfig config;
    private final Optional<GgufVocabulary> vocabulary;
    private final Optional<String> chatTemplate;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * One tensor of the file.
     *
     * @param source its rows, in the order of the file
     * @param target its name and type in the file
     * @param offset counted from the start of the data
     */
    record Entry(Tensor source, TensorInfo target, long offset) {}

    /** @throws IllegalArgumentException when the format has no words for the model */
    GgufPlan(String name, Checkpoint checkpoint, WriteOptions options) {
        this.name = name;
        this.config = checkpoint.config();
        this.vocabulary = checkpoint.tokenizer().map(tokenizer -> GgufVocabulary.of(tokenizer)
                .padded(config.vocabSize()));
        this.chatTemplate = ChatTemplateText.of(checkpoint);
        addTensors(checkpoint, options);
        placeTensors();
    }

    private void addTensors(Checkpoint checkpoint, WriteOptions options) {
        List<Float> factors = GgufConfigWriter.ropeFactors(config);
        if (!factors.isEmpty()) {
            add(new HeapVector(GgufNames.ROPE_FACTORS, factors), GgufNames.ROPE_FACTORS, DType.F32);
        }
        GgufNames.of(config.numHiddenLayers()).forEach((ggufName, rule) -> {
            boolean copiedHead = rule.name().equals(TensorNames.LM_HEAD) && config.tieWordEmbeddings();
            if (checkpoint.contains(rule.name()) && !copiedHead) {
                Tensor tensor = checkpoint.tensor(rule.name());
                Tensor source = rule.rotary() ? RotaryLayout.INTERLEAVED.of(tensor, config.headDim()) : tensor;
                add(source, ggufName, type(checkpoint, tensor.info(), options));
            }
        });
    }

    /** Vectors are always f32, and nothing is f64, which no program computes with. */
    private static DType type(Checkpoint checkpoint, TensorInfo info, WriteOptions options) {
        DType type = options.dtype().orElseGet(() -> checkpoint.writtenType(info.name()));
        return info.shape().size() < 2 || type == DType.F64 ? DType.F32 : type;
    }

    private void add(Tensor source, String ggufName, DType type) {
        TensorInfo target = new TensorInfo(ggufName, source.info().shape(), type);
        entries.add(new Entry(source, target, 0));
    }

    private void placeTensors() {
        GgufHead head = new GgufHead();
        entries.replaceAll(entry -> new Entry(entry.source, entry.target, place(head, entry)));
    }

    private static long place(GgufHead head, Entry entry) {
        TensorInfo target = entry.target;
        return head.tensor(target.name(), target.shape(), target.dtype(), target.bytes());
    }

    List<Entry> entries() {
        return entries;
    }

    /** @param sha256 of each tensor's data, in the order of {@link #entries}, or placeholders */
    GgufHead head(List<String> sha256) {
        List<DType> types = entries.stream().map(entry -> entry.target.dtype()).toList();
        GgufHead head = new GgufHead();
        GgufConfigWriter.writeGeneral(name, types, head);
        GgufSeal.write(sha256, head);
        GgufConfigWriter.write(config, head);
        vocabulary.ifPresentOrElse(words -> GgufTokens.write(words, head), () -> GgufTokens.writeNone(head));
        GgufTokens.writeEnds(config, vocabulary, head);
        chatTemplate.ifPresent(template -> GgufTokens.writeChatTemplate(template, head));
        entries.forEach(entry -> place(head, entry));
        return head;
    }
}
