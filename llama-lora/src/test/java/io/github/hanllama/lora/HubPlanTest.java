package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.HeaderFiles;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.hub.TransferOptions;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plans of what lies on a hub: the same as of the files themselves, for a few kilobytes. */
class HubPlanTest {
    private static final LlamaConfig CONFIG = LlamaConfig.builder()
            .hiddenSize(256)
            .intermediateSize(768)
            .numHiddenLayers(4)
            .numAttentionHeads(4)
            .numKeyValueHeads(2)
            .headDim(64)
            .vocabSize(4000)
            .maxPositionEmbeddings(2048)
            .build();

    /** A header or two of some kilobytes, where the files have nine megabytes. */
    private static final long MOST_BYTES = 150_000;

    @TempDir
    private Path folder;

    private final FakeHub hub = FakeHub.start();

    @AfterEach
    void stopHub() {
        hub.close();
    }

    /** What a repository may hold. */
    private enum Format {
        SAFETENSORS(CheckpointWriter.safetensors()),
        BIN(CheckpointWriter.bin()),
        GGUF(CheckpointWriter.gguf());

        private final CheckpointWriter writer;

        Format(CheckpointWriter writer) {
            this.writer = writer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void headersAlone_sayTheSame(Format format) throws IOException {
        Path model = write(format);
        long size = publish(model);
        LoadPlan there = Llama.from(source()).plan();

        assertThat(there.findings()).isEmpty();
        LoadPlan here = Llama.from(model).plan();
        assertThat(there.memory()).isEqualTo(here.memory()).isNotEmpty();
        assertThat(there.config()).isEqualTo(here.config());
        assertThat(there.choice()).isEqualTo(here.choice());
        if (format == Format.GGUF) { // it has its vocabulary in its header, and does not say how long that is
            assertThat(hub.sent()).isLessThanOrEqualTo(1600 << 10).isLessThan(size / 2);
        } else {
            assertThat(hub.sent()).isPositive().isLessThan(MOST_BYTES);
        }
        assertThat(there.downloadBytes()).isEqualTo(size);
        Delivery delivery = there.parts().getFirst().delivery().orElseThrow();
        assertThat(delivery.folder()).isEqualTo(cache());
        assertThat(delivery.freeBytes().orElseThrow()).isPositive();
        assertThat(delivery.items()).noneMatch(Delivery.Item::here);
    }

    @Test
    void whatIsInTheCache_isNotCounted() throws IOException {
        publish(write(Format.SAFETENSORS));
        source().files("config.json")
                .resolve(ProgressListener.NONE, new Cancellation())
                .close();

        Delivery delivery =
                Llama.from(source()).plan().parts().getFirst().delivery().orElseThrow();

        assertThat(delivery.items())
                .filteredOn(Delivery.Item::here)
                .extracting(Delivery.Item::name)
                .containsExactly("config.json");
        assertThat(delivery.presentBytes()).isPositive();

        source().resolve(ProgressListener.NONE, new Cancellation()).close();
        assertThat(Llama.from(source()).plan().parts().getFirst().delivery()).isEmpty();
    }

    @Test
    void maxMemory_refusesBeforeAnythingIsFetched() throws IOException {
        publish(write(Format.SAFETENSORS));

        assertThatThrownBy(() -> Llama.from(source()).maxMemory(100_000_000).load())
                .isInstanceOf(BackendException.class)
                .hasMessageStartingWith("does not fit 100 MB: what takes least (java, ")
                .hasMessageContaining("keys and values in Q8_0, a context of 512 tokens) takes ")
                .hasMessageEndingWith("; allow more, or choose a smaller model");
        assertThat(hub.sent()).isLessThan(MOST_BYTES);
        assertThat(cache().resolve("models--han--poet/blobs")).doesNotExist();
    }

    @Test
    void knownAdapter_isToldByTheHashOfTheHub() throws IOException {
        Path adapter = pro(folder.resolve("pro"));
        publish(adapter);
        LoraWeights opened = (LoraWeights) LoraAdapter.of(source()).open(HeaderFiles.of(source().headers()));
        try (opened) {
            String hash = hub.content("adapter_model.safetensors").etag();

            assertThat(opened.fileHash()).contains(hash);
            assertThat(ChainFit.misfits(TinyModel.of(DType.F16, 32000), opened, Map.of(hash, "Chinese-Alpaca-Pro-7B")))
                    .singleElement()
                    .satisfies(misfit -> assertThat(misfit.message())
                            .contains("it is Chinese-Alpaca-Pro-7B by its SHA-256")
                            .endsWith("apply the Chinese-LLaMA-Plus adapter first"));
        }
    }

    @Test
    void otherContentUnderAKnownName_isSaid() throws IOException {
        publish(write(Format.SAFETENSORS));
        CatalogueModel known = ChineseLlama.LLAMA_7B;
        hub.largeFile("adapter_model.bin", new byte[100_000]).file("adapter_config.json", "{}".getBytes());

        LoadPlan plan = Llama.from(source())
                .adapt(KnownSource.of(known, source().files("adapter_model.bin", "adapter_config.json")))
                .plan();

        assertThat(plan.fits()).isFalse();
        assertThat(plan.findings().getFirst().message())
                .contains("expected the SHA-256 that the authors of Chinese-LLaMA-7B published");
    }

    @Test
    void unreachable_isThrownAsByLoading() {
        hub.close();

        assertThatThrownBy(() -> Llama.from(source()).plan())
                .isInstanceOf(HubException.class)
                .hasMessageContaining("check the network");
    }

    private Path write(Format format) {
        Path target = folder.resolve(format == Format.GGUF ? "poet.gguf" : "model");
        try (SyntheticCheckpoint checkpoint = SyntheticCheckpoint.of(CONFIG, info -> DType.F16)) {
            format.writer.write(checkpoint, target, WriteOptions.DEFAULT.maxShardBytes(5_000_000));
        }
        return target;
    }

    /** The rank and the vocabulary of Chinese-Alpaca-Pro, on a model of no size at all. */
    private static Path pro(Path folder) {
        AdapterFolder adapter = new AdapterFolder(folder).set("r", "64").set("target_modules", "null");
        adapter.pair("model.layers.0.self_attn.q_proj", TinyModel.WIDTH, 64, TinyModel.WIDTH)
                .vocabulary(49954, TinyModel.WIDTH)
                .open()
                .close();
        return folder;
    }

    /** @return bytes of the model's files */
    private long publish(Path model) throws IOException {
        long size = 0;
        for (Path file : files(model)) {
            String name = file.getFileName().toString();
            byte[] bytes = Files.readAllBytes(file);
            if (name.endsWith(".json")) {
                hub.file(name, bytes);
            } else {
                hub.largeFile(name, bytes);
            }
            size += bytes.length;
        }
        return size;
    }

    private static List<Path> files(Path model) throws IOException {
        if (Files.isRegularFile(model)) {
            return List.of(model);
        }
        try (Stream<Path> files = Files.list(model)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private HubSource source() {
        return HubSource.of(
                HubId.parse(FakeHub.REPO),
                HubOptions.fromEnvironment(HubKind.HUGGING_FACE, Map.of(), folder)
                        .endpoint(hub.endpoint())
                        .cache(cache())
                        .transfer(TransferOptions.DEFAULT
                                .backoff(Duration.ofMillis(2))
                                .retries(1)
                                .stallTimeout(Duration.ofSeconds(5))));
    }

    private Path cache() {
        return folder.resolve("hub");
    }
}
