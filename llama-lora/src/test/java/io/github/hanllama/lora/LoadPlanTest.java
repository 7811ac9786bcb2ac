package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.plan.Finding;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans of what lies on this machine. */
class LoadPlanTest {
    private static final Path BASE = TestData.path("synthetic/base/hf_bin_2shard");
    private static final Path FIRST = TestData.path("synthetic/lora_a");
    private static final Path SECOND = TestData.path("synthetic/lora_b");

    @TempDir
    private Path folder;

    @Test
    void chainInOrder_fits() {
        LoadPlan plan = Llama.from(BASE).adapt(FIRST).adapt(SECOND).plan();

        assertThat(plan.findings()).isEmpty();
        assertThat(plan.fits()).isTrue();
        assertThat(plan.config().orElseThrow().vocabSize()).isEqualTo(641);
        assertThat(plan.parts()).hasSize(3);
        assertThat(plan.parts().getFirst().description())
                .startsWith("huggingface-bin, 2 layers of width 64, vocabulary 512");
        assertThat(plan.parts().getLast().description())
                .startsWith("LoRA, rank")
                .endsWith("vocabulary 641");
        assertThat(plan.downloadBytes()).isZero();
    }

    @Test
    void whatWouldBeTaken_isWhatLoadingTakes() {
        LoadPlan plan = Llama.from(BASE).plan();

        MemoryOption option = plan.choice().orElseThrow().option();
        assertThat(option.memory().engine()).isEqualTo("java");
        assertThat(option.weights()).isEqualTo("as stored (F16)");
        assertThat(plan.choice().orElseThrow().reason()).isEqualTo("the fastest installed");
        assertThat(plan.memory().stream().flatMap(way -> way.recipe().stream()).distinct())
                .startsWith(QuantRecipe.Q8_0);
    }

    @Test
    void chainInWrongOrder_isSaid() {
        LoadPlan plan = Llama.from(BASE).adapt(SECOND).adapt(FIRST).plan();

        assertThat(plan.fits()).isFalse();
        assertThat(plan.findings())
                .singleElement()
                .extracting(Finding::message)
                .asString()
                .contains("the chain is in the wrong order: apply " + FIRST + " first, then " + SECOND);
    }

    @Test
    void everythingThatIsWrong_isSaidAtOnce() throws IOException {
        Path other = TestData.path("hf/lora_gqa_bf16/adapter");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Files.copy(other.resolve("adapter_config.json"), empty.resolve("adapter_config.json"));
        Files.write(empty.resolve("adapter_model.safetensors"), new byte[20]);

        LoadPlan plan = Llama.from(BASE)
                .adapt(FIRST)
                .adapt(FIRST)
                .adapt(other)
                .adapt(empty)
                .plan();

        assertThat(plan.fits()).isFalse();
        assertThat(plan.findings()).allMatch(Finding::refused).hasSize(3);
        assertThat(plan.findings().get(0).message())
                .contains("is already part of")
                .contains("apply it once");
        assertThat(plan.findings().get(1).message()).contains("for a model of another size");
        assertThat(plan.findings().get(2).message()).startsWith(empty.toString());
        assertThat(plan.config().orElseThrow().vocabSize())
                .as("of what does fit")
                .isEqualTo(640);
        assertThat(plan.parts()).hasSize(5);
    }

    @Test
    void adapterAsBase_isSaid() {
        LoadPlan plan = Llama.from(FIRST).adapt(SECOND).plan();

        assertThat(plan.findings().getFirst().message()).contains("is an adapter, expected a model");
        assertThat(plan.config()).isEmpty();
        assertThat(plan.memory()).isEmpty();
        assertThat(plan.choice()).isEmpty();
    }

    @Test
    void nothingThere_isThrownAsByLoading() {
        LlamaBuilder builder = Llama.from(folder.resolve("nowhere"));

        assertThatThrownBy(builder::plan).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void suspicion_isNoRefusal() throws IOException {
        Path adapter = copy(FIRST, folder.resolve("declared"));
        Path config = adapter.resolve("adapter_config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceAll(
                                "\"base_model_name_or_path\": *(null|\"[^\"]*\")",
                                "\"base_model_name_or_path\": \"owner/another\""));

        LoadPlan plan = Llama.from(BASE).adapt(adapter).plan();

        assertThat(plan.fits()).isTrue();
        assertThat(plan.findings())
                .containsExactly(
                        Finding.warning(adapter + " says it was trained on owner/another; here it goes on " + BASE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic/base/hf_bin_2shard",
                "synthetic/base/hf_safetensors_bf16_2shard",
                "synthetic/base/meta_2shard"
            })
    void archive_isLookedIntoWithoutUnpacking(String model) throws IOException {
        Path base = TestData.path(model);
        LoadPlan there = Llama.from(zip(base)).adapt(zip(FIRST)).plan();
        LoadPlan here = Llama.from(base).adapt(FIRST).plan();

        assertThat(there.findings()).isEmpty();
        assertThat(there.memory()).isEqualTo(here.memory());
        assertThat(there.config().map(config -> config.vocabSize())).contains(640);
        assertThat(there.parts().getFirst().delivery().orElseThrow().download()).isFalse();
        assertThat(there.parts().getFirst().delivery().orElseThrow().missingBytes())
                .isPositive();
    }

    @Test
    void maxMemory_plannedIsWhatIsLoaded() {
        LlamaBuilder builder = Llama.from(BASE).adapt(FIRST).maxMemory(2_000_000_000L);

        LoadPlan plan = builder.plan();

        assertThat(plan.choice().orElseThrow().reason()).isEqualTo("the best that fits 2.0 GB");
        assertThat(plan.choice().orElseThrow().option().weights()).isEqualTo("as stored (F16)");
        builder.loadModel().close();
    }

    @Test
    void maxMemory_doesNotHideAMisfit() {
        LlamaBuilder builder = Llama.from(BASE).adapt(SECOND).adapt(FIRST).maxMemory(2_000_000_000L);

        assertThatThrownBy(builder::loadModel).isInstanceOf(AdapterMismatchException.class);
    }

    private Path zip(Path source) throws IOException {
        Path archive = folder.resolve(source.getFileName() + ".zip");
        try (OutputStream out = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Path file : files(source)) {
                zip.putNextEntry(new ZipEntry("model/" + file.getFileName()));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return archive;
    }

    private static Path copy(Path source, Path target) throws IOException {
        Files.createDirectory(target);
        for (Path file : files(source)) {
            Files.copy(file, target.resolve(file.getFileName()));
        }
        return target;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
