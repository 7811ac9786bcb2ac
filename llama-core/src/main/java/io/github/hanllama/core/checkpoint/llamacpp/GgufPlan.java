package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.ChatTemplateText;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.gguf.GgufConfig;
import io.github.hanllama.core.checkpoint.gguf.GgufConfigWriter;
import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.gguf.GgufHead;
import io.github.hanllama.core.checkpoint.gguf.GgufMetadata;
import io.github.hanllama.core.checkpoint.gguf.GgufSeal;
import io.github.hanllama.core.checkpoint.gguf.GgufTokens;
import io.github.hanllama.core.checkpoint.gguf.GgufTypes;
import io.github.hanllama.core.checkpoint.view.HeapVector;
import io.github.hanllama.core.checkpoint.view.RotaryLayout;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.GgufVocabulary;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a written GGUF file will hold, known before its first byte is written. */
final class GgufPlan {
    private final String name;
    private final LlamaConfig config;
    private final Optional<GgufVocabulary> vocabulary;
    private final Optional<String> chatTemplate;
    private final Optional<QuantRecipe> recipe;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * One tensor of the file.
     *
     * @param source its rows, in the order of the file
     * @param target its name and type in the file
     * @param kept the type it has when the model is written in another format again
     * @param offset counted from the start of the data
     */
    record Entry(Tensor source, TensorInfo target, DType kept, long offset) {}

    /** @throws IllegalArgumentException when the format has no words for the model */
    GgufPlan(String name, Checkpoint checkpoint, WriteOptions options) {
        this.name = name;
        this.config = checkpoint.config();
        this.vocabulary = checkpoint.tokenizer().map(tokenizer -> GgufVocabulary.of(tokenizer)
                .padded(config.vocabSize()));
        this.chatTemplate = ChatTemplateText.of(checkpoint);
        this.recipe = options.dtype().isPresent() ? Optional.empty() : checkpoint.recipe();
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
                add(source, ggufName, options.dtype().orElseGet(() -> checkpoint.writtenType(rule.name())));
            }
        });
    }

    /** Vectors are always f32, and nothing is f64, which no program computes with. */
    private void add(Tensor source, String ggufName, DType kept) {
        DType type = source.info().shape().size() < 2 || kept == DType.F64 ? DType.F32 : kept;
        TensorInfo target = new TensorInfo(ggufName, source.info().shape(), type);
        entries.add(new Entry(source, target, kept, 0));
    }

    private void placeTensors() {
        GgufHead head = new GgufHead();
        entries.replaceAll(entry -> new Entry(entry.source, entry.target, entry.kept, place(head, entry)));
    }

    private static long place(GgufHead head, Entry entry) {
        TensorInfo target = entry.target;
        return head.tensor(target.name(), target.shape(), target.dtype(), target.bytes());
    }

    List<Entry> entries() {
        return entries;
    }

    /**
     * Of a file that holds everything.
     *
     * @param sha256 of each tensor's data, in the order of {@link #entries}, or placeholders
     */
    GgufHead head(List<String> sha256) {
        GgufHead head = new GgufHead();
        writeGeneral(head);
        GgufSeal.write(sha256, head);
        writeModel(head);
        writeTypes(entries, head);
        entries.forEach(entry -> place(head, entry));
        return head;
    }

    /**
     * Of one of several files, of which the first alone says what model it is.
     *
     * @param held its own entries
     */
    GgufHead head(int part, int parts, List<Entry> held) {
        GgufHead head = new GgufHead();
        if (part == 0) {
            writeGeneral(head);
            writeModel(head);
        }
        if (parts > 1) {
            GgufFiles.writePart(part, parts, entries.size(), head);
        }
        writeTypes(held, head);
        return head;
    }

    /** What the format has no words for: what a reader understands of all this is not what it should be. */
    List<String> notes() {
        GgufHead head = new GgufHead();
        writeModel(head);
        GgufMetadata metadata =
                GgufContents.read(name, MemorySegment.ofBuffer(head.bytes())).metadata();
        GgufConfig.Weights weights = new GgufConfig.Weights(
                config.vocabSize(),
                config.tieWordEmbeddings(),
                config.attentionBias(),
                config.mlpBias(),
                GgufConfigWriter.ropeFactors(config),
                DType.F32);
        List<String> notes = new ArrayList<>(HfConfig.differences(config, GgufConfig.read(metadata, weights, _ -> {})));
        if (entries.stream().anyMatch(entry -> entry.kept == DType.F64)) {
            notes.add("weights of F64, the format has none and gets F32");
        }
        return notes;
    }

    private void writeGeneral(GgufHead head) {
        GgufConfigWriter.writeGeneral(name, types(entries), recipe, head);
    }

    private void writeModel(GgufHead head) {
        GgufConfigWriter.write(config, head);
        vocabulary.ifPresentOrElse(words -> GgufTokens.write(words, head), () -> GgufTokens.writeNone(head));
        GgufTokens.writeEnds(config, vocabulary, head);
        chatTemplate.ifPresent(template -> GgufTokens.writeChatTemplate(template, head));
    }

    private static void writeTypes(List<Entry> held, GgufHead head) {
        GgufTypes.write(held.stream().map(Entry::kept).toList(), types(held), head);
    }

    private static List<DType> types(List<Entry> held) {
        return held.stream().map(entry -> entry.target.dtype()).toList();
    }
}
