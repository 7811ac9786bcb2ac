package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.fake.FakeCheckpoint;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.core.fake.Ledger;
import io.github.hanllama.core.generation.FinishReason;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaBuilderTest {
    private static final int VOCABULARY = 300;
    private final Ledger ledger = new Ledger();
    private List<Path> companions = List.of();

    @Test
    void builder_namesOnly_opensNothing() {
        builder().adapt(adapter("lora", false)).adapt(Path.of("nowhere"));
        assertThat(ledger.everOpened()).isEmpty();
    }

    @Test
    void openCheckpoint_ownsBaseAndAdaptersInOrder() {
        Checkpoint merged = builder()
                .adapt(adapter("one", false))
                .adapt(adapter("two", false))
                .openCheckpoint();
        assertThat(merged.origin()).isEqualTo("base + one + two");
        assertThat(ledger.open())
                .containsExactlyInAnyOrder("base files", "base", "one files", "one", "two files", "two");
        merged.close();
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void openCheckpoint_adapterFailsInTheMiddle_closesEverything() {
        LlamaBuilder builder = builder()
                .adapt(adapter("one", false))
                .adapt(adapter("two", true))
                .adapt(adapter("three", false));
        assertThatThrownBy(builder::openCheckpoint)
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessage("two does not fit base + one");
        assertThat(ledger.everOpened()).contains("base", "one", "two").doesNotContain("three", "three files");
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void openCheckpoint_readerFails_closesTheFiles() {
        LlamaBuilder builder = new LlamaBuilder(
                ledger.source("base"),
                files -> {
                    throw new ModelFormatException("broken");
                },
                this::path);
        assertThatThrownBy(builder::openCheckpoint).isInstanceOf(ModelFormatException.class);
        assertThat(ledger.everOpened()).containsExactly("base files");
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void openCheckpoint_secondFailureWhileClosing_isSuppressed() {
        LlamaBuilder builder = new LlamaBuilder(
                        ledger.source("base"),
                        files -> checkpoint("base", () -> {
                            throw new IllegalStateException("cannot close");
                        }),
                        this::path)
                .adapt(adapter("one", true));
        assertThatThrownBy(builder::openCheckpoint)
                .isInstanceOf(AdapterMismatchException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().satisfies(s -> assertThat(s)
                        .hasMessage("cannot close")));
    }

    @Test
    void loadModel_closed_closesTheCheckpointToo() {
        LanguageModel model =
                builder().adapt(adapter("one", false)).engine(engine()).loadModel();
        assertThat(ledger.open()).contains("base", "one"); // for the identity of exchanged caches
        model.close();
        model.close();
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void loadModel_engineFails_closesTheCheckpoint() {
        Engine failing = new FakeEngine((checkpoint, options) -> {
            throw new BackendException("too little memory");
        });
        assertThatThrownBy(() -> builder()
                        .adapt(adapter("one", false))
                        .engine(EngineChoice.of(failing))
                        .loadModel())
                .isInstanceOf(BackendException.class);
        assertThat(ledger.everOpened()).contains("base", "one");
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void load_passesOptionsToTheEngine() {
        AtomicReference<EngineOptions> seen = new AtomicReference<>();
        Cancellation cancellation = new Cancellation();
        ProgressListener listener = progress -> {};
        Engine engine = new FakeEngine((checkpoint, options) -> {
            seen.set(options);
            return FakeModel.babbling(VOCABULARY);
        });
        builder()
                .engine(EngineChoice.of(engine))
                .device(Device.CPU)
                .threads(3)
                .exactActivations(true)
                .kvType(DType.F16)
                .warmUp(true)
                .packedCache(Path.of("packed"))
                .maxKvBytes(1 << 20)
                .onProgress(listener)
                .cancellation(cancellation)
                .load()
                .close();
        assertThat(seen.get())
                .isEqualTo(new EngineOptions(
                        Device.CPU,
                        OptionalInt.of(3),
                        true,
                        DType.F16,
                        1 << 20,
                        true,
                        Optional.of(Path.of("packed")),
                        listener,
                        cancellation));
    }

    @Test
    void load_writesWithTheModelsTokenizer() {
        try (Generator generator = builder().engine(engine()).load()) {
            assertThat(generator.tokenizer()).isPresent();
            assertThat(generator.generate("x", length(1)).text()).isEqualTo("!");
        }
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void load_maxSequenceLength_isTheModelsUpTo4096() {
        try (Generator generator = builder().engine(engine()).load()) { // trained for 2048
            assertThatThrownBy(() -> generator.generate(new int[2049], length(1)))
                    .hasMessageContaining("more than the 2048 of maxSequenceLength");
        }
        try (Generator generator =
                builder().engine(engine()).maxSequenceLength(10).load()) {
            assertThatThrownBy(() -> generator.generate(new int[11], length(1)))
                    .hasMessageContaining("more than the 10 of maxSequenceLength");
        }
    }

    @Test
    void load_generationConfig_namesMoreIdsThatEndAText(@TempDir Path folder) throws IOException {
        companions = List.of(Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\":[2,36]}"));
        try (Generator generator = builder().engine(engine()).load()) { // 36 is "!"
            assertThat(generator.generate("x", length(5)).finishReason()).isEqualTo(FinishReason.EOS);
        }
    }

    @Test
    void load_generationConfigBroken_isRefusedAndClosesEverything(@TempDir Path folder) throws IOException {
        companions = List.of(Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\":\"2\"}"));
        assertThatThrownBy(() -> builder().engine(engine()).load())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("eos_token_id: expected an integer or a list of integers, found \"2\"");
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void load_tokenizerThatIsNone_saysWhichFile() {
        assertThatThrownBy(() ->
                        builder().engine(engine()).tokenizer(Path.of("no/such")).load())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(Path.of("no/such").toString());
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void load_cancelled_opensNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        assertThatThrownBy(() -> builder().cancellation(cancellation).load()).isInstanceOf(CancellationException.class);
        assertThat(ledger.everOpened()).isEmpty();
    }

    @Test
    void settings_outOfRange_areNamed() {
        assertThatThrownBy(() -> builder().threads(0)).hasMessage("threads must be >= 1, was 0");
        assertThatThrownBy(() -> builder().kvType(DType.BF16)).hasMessage("kvType must be F32, F16 or Q8_0, was BF16");
        assertThatThrownBy(() -> builder().maxSequenceLength(-1)).hasMessage("maxSequenceLength must be >= 1, was -1");
        assertThatThrownBy(() -> builder().maxKvBytes(0)).hasMessage("maxKvBytes must be >= 1, was 0");
        assertThatThrownBy(() -> builder().maxConcurrent(0)).hasMessage("maxConcurrent must be >= 1, was 0");
    }

    @Test
    void adapterKinds_firstThatRecognises() {
        Adapter expected = adapter("x", false);
        AdapterKind other = kind("other", false, adapter("y", false));
        AdapterKind lora = kind("LoRA", true, expected);
        assertThat(AdapterKinds.adapter(ledger.source("x"), List.of(other, lora)))
                .isSameAs(expected);
    }

    @Test
    void adapterKinds_noneRecognises_saysWhatIsThere() {
        assertThatThrownBy(() ->
                        AdapterKinds.adapter(ledger.source("x"), List.of(kind("LoRA", false, adapter("y", false)))))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("x: not an adapter of a kind that is installed [LoRA], found the files [x.safetensors]");
    }

    @Test
    void adapterKinds_noneInstalled_saysWhatToAdd() {
        assertThatThrownBy(() -> AdapterKinds.adapter(ledger.source("x"), List.of()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("add the module llama-lora");
    }

    @Test
    void engineChoice_deviceTheEngineDoesNotKnow_isRefused() {
        assertThatThrownBy(() ->
                        builder().engine(engine()).device(new Device.Cuda(1)).loadModel())
                .isInstanceOf(BackendException.class)
                .hasMessage("the fake engine does not run on cuda:1; fake runs on the processor; choose another engine,"
                        + " or the device cpu");
        assertThat(ledger.open()).isEmpty();
    }

    @Test
    void engineChoice_unknownName_isRefusedByName() {
        assertThatThrownBy(() -> builder().engine(EngineChoice.named("abacus")).load())
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no engine is named \"abacus\"");
        assertThat(ledger.open()).isEmpty();
    }

    private LlamaBuilder builder() {
        return new LlamaBuilder(
                ledger.source("base"),
                files -> {
                    ledger.opened("base");
                    return checkpoint("base", () -> {
                        ledger.closed("base");
                        files.close();
                    });
                },
                this::path);
    }

    private ModelSource path(Path path) {
        return ledger.source(path.toString());
    }

    private Checkpoint checkpoint(String origin, Runnable onClose) {
        return new FakeCheckpoint(
                origin, FakeModel.config(VOCABULARY), Optional.of(new FakeTokenizer()), companions, onClose);
    }

    private Adapter adapter(String name, boolean fails) {
        return new FakeAdapter(name, fails);
    }

    private static EngineChoice engine() {
        return EngineChoice.of(new FakeEngine("fake"));
    }

    private static GenerationConfig length(int value) {
        return GenerationConfig.builder().maxNewTokens(value).build();
    }

    private static AdapterKind kind(String name, boolean recognises, Adapter adapter) {
        return new AdapterKind() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean recognises(FileRanges files) {
                return recognises;
            }

            @Override
            public Adapter adapter(ModelSource source) {
                return adapter;
            }
        };
    }

    private record FakeEngine(String name, Loader loader) implements Engine {
        interface Loader {
            LanguageModel load(Checkpoint checkpoint, EngineOptions options);
        }

        FakeEngine(Loader loader) {
            this("fake", loader);
        }

        /** Says "!" for ever. */
        FakeEngine(String name) {
            this(
                    name,
                    (checkpoint, options) -> new FakeModel(checkpoint.config(), (ids, generated) -> {
                        float[] logits = new float[VOCABULARY];
                        logits[new FakeTokenizer().encode("!")[0]] = 1;
                        return logits;
                    }));
        }

        @Override
        public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
            return loader.load(checkpoint, options);
        }
    }

    private final class FakeAdapter implements Adapter {
        private final String name;
        private final boolean fails;

        FakeAdapter(String name, boolean fails) {
            this.name = name;
            this.fails = fails;
        }

        @Override
        public ModelSource source() {
            return ledger.source(name);
        }

        @Override
        public AdapterInfo inspect(FileRanges headers) {
            return new AdapterInfo(
                    "fake", List.of(), List.of(), OptionalInt.empty(), Optional.empty(), new LinkedHashMap<>());
        }

        @Override
        public AdapterWeights open(ModelFiles files) {
            ledger.opened(name);
            return new FakeWeights(files);
        }

        private final class FakeWeights implements AdapterWeights {
            private final ModelFiles files;

            FakeWeights(ModelFiles files) {
                this.files = files;
            }

            @Override
            public String origin() {
                return name;
            }

            @Override
            public AdapterInfo info() {
                return inspect(files);
            }

            @Override
            public SequencedSet<String> changedTensors() {
                return new LinkedHashSet<>();
            }

            @Override
            public Optional<TensorChange> change(String tensorName) {
                return Optional.empty();
            }

            @Override
            public Optional<Tokenizer> tokenizer() {
                return Optional.empty();
            }

            @Override
            public ConfigOverrides overrides() {
                return ConfigOverrides.NONE;
            }

            @Override
            public Checkpoint mergeInto(Checkpoint base) {
                if (fails) {
                    throw new AdapterMismatchException(name + " does not fit " + base.origin());
                }
                return checkpoint(base.origin() + " + " + name, () -> {
                    close();
                    base.close();
                });
            }

            @Override
            public void close() {
                ledger.closed(name);
                files.close();
            }
        }
    }
}
