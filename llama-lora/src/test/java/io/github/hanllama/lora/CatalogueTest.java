package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.lora.CatalogueModel.Kind;
import io.github.hanllama.testdata.FakeHub;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogueTest {
    @TempDir
    private Path folder;

    static List<CatalogueModel> all() {
        return ChineseLlama.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyModel_isWhole(CatalogueModel model) {
        assertThat(model.name()).matches("[a-z0-9.-]+");
        assertThat(model.chain().getFirst().kind()).isIn(Kind.BASE, Kind.FULL);
        assertThat(model.base().isPresent()).isEqualTo(model.kind() == Kind.LORA || model.kind() == Kind.PATCH);
        assertThat(model.kind() == Kind.BASE || model.repos().containsKey(HubKind.HUGGING_FACE))
                .isTrue();
        model.repos().keySet().forEach(hub -> assertThat(model.id(hub).hub()).isEqualTo(hub));
        assertThat(model.vocabularySize()).isIn(32000, 49953, 49954, 55296, 128256);
        assertThat(model.contextLength()).isGreaterThanOrEqualTo(2048);
        model.template().ifPresent(ChatTemplates::named);
        assertThat(model.sha256().values()).allMatch(hash -> hash.matches("[0-9a-f]{64}"));
        assertThat(model.conversions().values()).allMatch(hash -> hash.matches("[0-9a-f]{64}"));
    }

    @Test
    void everyModelButTheBases_hasAName() {
        List<String> named = Arrays.stream(ChineseLlama.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()))
                .map(CatalogueTest::value)
                .map(CatalogueModel::name)
                .toList();

        assertThat(named)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(all().stream()
                        .filter(model -> model.kind() != Kind.BASE)
                        .map(CatalogueModel::name)
                        .toList());
    }

    private static CatalogueModel value(Field field) {
        try {
            return (CatalogueModel) field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void weights_haveOneHashEach() {
        Set<String> seen = new HashSet<>();
        for (CatalogueModel model : all()) {
            model.sha256().forEach((file, hash) -> {
                if (file.startsWith("adapter_model") || file.startsWith("consolidated")) {
                    assertThat(seen.add(hash)).as("%s of %s", file, model).isTrue();
                }
            });
        }
        assertThat(seen).hasSize(15 + 7); // adapters of the first generation, parts of Meta's
    }

    @Test
    void hashes_agreeWithThoseThatOrderChains() {
        PublishedAdapters.CONTINUE_LLAMA_PLUS.forEach((hash, title) -> {
            CatalogueModel model = all().stream()
                    .filter(each -> each.title().equals(title))
                    .findFirst()
                    .orElseThrow();
            assertThat(model.sha256()).containsEntry("adapter_model.bin", hash);
            assertThat(model.base().orElseThrow()).startsWith("chinese-llama-plus-");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "llama_tokenizer.model, 32000",
        "chinese_llama_49953.model, 49953",
        "chinese_alpaca_49954.model, 49954",
        "chinese_llama2_55296.model, 55296"
    })
    @NeedsData("tokenizers")
    void tokenizers_areThePublishedOnes(String file, int vocabulary) {
        String hash = Sha256.of(TestData.path("tokenizers/" + file));

        assertThat(all().stream()
                        .filter(model -> model.vocabularySize() == vocabulary)
                        .flatMap(model -> Optional.ofNullable(model.sha256().get("tokenizer.model")).stream()))
                .isNotEmpty()
                .allMatch(hash::equals);
    }

    @Test
    void chain() {
        assertThat(ChineseLlama.ALPACA_PRO_7B.chain())
                .extracting(CatalogueModel::name)
                .containsExactly("llama-7b", "chinese-llama-plus-7b", "chinese-alpaca-pro-7b");
        assertThat(ChineseLlama.named("chinese-alpaca-pro-7b")).isSameAs(ChineseLlama.ALPACA_PRO_7B);
        assertThat(ChineseLlama.ALPACA_2_7B.chain()).containsExactly(ChineseLlama.ALPACA_2_7B);
        assertThat(ChineseLlama.find("nothing")).isEmpty();
        assertThatThrownBy(() -> ChineseLlama.named("nothing"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("chinese-alpaca-pro-7b");
    }

    @Test
    void patch_goesOnItsBase() {
        ModelSource base = ModelSources.path(TestData.path("synthetic/base/hf_bin_2shard"));
        ModelSource patch = ModelSources.path(TestData.path("patch"));

        assertThatThrownBy(() -> ChineseLlama.OPEN_CHINESE_LLAMA_7B
                        .builder(model -> model.kind() == Kind.PATCH ? model.source(patch) : base)
                        .openCheckpoint())
                .isInstanceOf(ModelFormatException.class) // which shows that both were opened as what they are
                .hasMessageContaining("expected the SHA-256 that the authors of OpenChineseLLaMA-7B published");
    }

    @Test
    void baseWithoutAHome_hasToBeNamed() {
        assertThatThrownBy(() -> ChineseLlama.ALPACA_PRO_13B.builder(options("http://127.0.0.1:9")))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("LLaMA-13B: the catalogue knows no place of it on Hugging Face");
    }

    private HubOptions options(String endpoint) {
        return HubOptions.fromEnvironment(
                HubKind.HUGGING_FACE, Map.of("HF_ENDPOINT", endpoint, "HF_HUB_CACHE", folder.toString()), folder);
    }

    private static ModelFiles resolve(ModelSource source) {
        return source.resolve(ProgressListener.NONE, new Cancellation());
    }

    @Test
    void anotherFileUnderAKnownName_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_model.bin"), "something else");

        assertThatThrownBy(() -> resolve(ChineseLlama.ALPACA_PRO_7B.source(ModelSources.path(folder))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(
                        "adapter_model.bin: expected the SHA-256 that the authors of Chinese-Alpaca-Pro-7B"
                                + " published, 3cd2776908c3f5efe68bf6cf0248cb0e80fb7c55a52b8406325c9f0ca37b8594, found ")
                .hasMessageContaining("is the download complete");
    }

    @Test
    void aKnownFileOfAnotherModel_isNamed() throws IOException {
        Files.writeString(folder.resolve("special_tokens_map.json"), "{}");
        Files.writeString(folder.resolve("config.json"), "{}");

        assertThatThrownBy(() -> resolve(ChineseLlama.OPEN_CHINESE_LLAMA_7B.source(ModelSources.path(folder))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("config.json: expected")
                .hasMessageContaining("it is that of OpenChineseLLaMA-7B"); // another file of it has this content
    }

    @Test
    void unknownFiles_areAccepted() throws IOException {
        Files.writeString(folder.resolve("model.safetensors"), "weights that somebody has converted");
        Files.writeString(folder.resolve("pytorch_model-00001-of-00002.bin"), "these, too");

        assertThat(resolve(ChineseLlama.named("llama-7b").source(ModelSources.path(folder)))
                        .names())
                .hasSize(2);
    }

    @Test
    void anotherFileOnTheHub_isRefusedBeforeItIsFetched() {
        try (FakeHub hub = FakeHub.start()) {
            hub.largeFile("adapter_model.bin", "something else".getBytes(StandardCharsets.UTF_8));
            CatalogueModel model = new CatalogueModel(
                    "poet",
                    "Poet",
                    Kind.LORA,
                    Optional.empty(),
                    Map.of(HubKind.HUGGING_FACE, FakeHub.REPO),
                    32000,
                    2048,
                    Optional.empty(),
                    "none",
                    Map.of("adapter_model.bin", "a".repeat(64)),
                    Map.of());

            assertThatThrownBy(() -> resolve(model.source(options(hub.endpoint().toString()))))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("adapter_model.bin: expected SHA-256 " + "a".repeat(64) + ", the hub has ")
                    .hasMessageContaining("nothing was fetched");
            assertThat(hub.downloads()).isEmpty();
        }
    }
}
