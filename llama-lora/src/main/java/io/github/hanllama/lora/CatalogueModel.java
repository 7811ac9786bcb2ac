package io.github.hanllama.lora;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.source.ModelSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A published model: where it is, what it needs below it, and the hashes that its authors published. The values are those of
 * {@link ChineseLlama}.
 *
 * @param name for example {@code chinese-alpaca-pro-7b}
 * @param title as its authors write it
 * @param base the name of the model below it
 * @param repos where it is, as {@code owner/name}; empty for what has no home of its own
 * @param template the name of the chat template it was trained with
 * @param licence of the weights below everything, in a few words; read it before using them
 * @param sha256 of files by name; another content under such a name is refused
 * @param conversions of files that others have converted in their own way, too: another content there is only unverified
 */
public record CatalogueModel(
        String name,
        String title,
        Kind kind,
        Optional<String> base,
        Map<HubKind, String> repos,
        int vocabularySize,
        int contextLength,
        Optional<String> template,
        String licence,
        Map<String, String> sha256,
        Map<String, String> conversions) {
    public CatalogueModel {
        repos = Map.copyOf(repos);
        sha256 = Map.copyOf(sha256);
        conversions = Map.copyOf(conversions);
    }

    /** What a model is. */
    public enum Kind {
        /** Weights of Meta's. */
        BASE,
        /** An adapter. */
        LORA,
        /** Differences to all weights of its base. */
        PATCH,
        /** Weights that need no others. */
        FULL
    }

    /** Everything from the lowest base up to this one. */
    public List<CatalogueModel> chain() {
        List<CatalogueModel> chain = new ArrayList<>();
        base.map(ChineseLlama::named).ifPresent(below -> chain.addAll(below.chain()));
        chain.add(this);
        return List.copyOf(chain);
    }

    /**
     * Its place on a hub.
     *
     * @throws UnsupportedModelException when the catalogue knows none there
     */
    public HubId id(HubKind hub) {
        String repo = repos.get(hub);
        if (repo == null) {
            throw new UnsupportedModelException(title + ": the catalogue knows no place of it on " + hub
                    + "; fetch it yourself and name its folder");
        }
        return HubId.parse(hub.scheme() + "://" + repo);
    }

    /** It alone, from Hugging Face as the environment describes it. Known files are checked when it is resolved. */
    public ModelSource source() {
        return source(HubOptions.fromEnvironment(HubKind.HUGGING_FACE));
    }

    /** It alone, from that hub. Known files are checked before they are fetched, and when they are here. */
    public ModelSource source(HubOptions hub) {
        return KnownSource.onHub(this, hub);
    }

    /** It alone, from where the caller has it. Known files are checked when it is resolved. */
    public ModelSource source(ModelSource where) {
        return KnownSource.of(this, where);
    }

    /** All of its chain, from Hugging Face as the environment describes it. Nothing is fetched yet. */
    public LlamaBuilder builder() {
        return builder(HubOptions.fromEnvironment(HubKind.HUGGING_FACE));
    }

    /** All of its chain, from that hub. Nothing is fetched yet. */
    public LlamaBuilder builder(HubOptions hub) {
        return builder(model -> model.source(hub));
    }

    /** Its chain from that hub, but for the lowest base, which the caller has. Nothing is fetched yet. */
    public LlamaBuilder builder(ModelSource lowest, HubOptions hub) {
        return builder(model -> model.base().isEmpty() ? model.source(lowest) : model.source(hub));
    }

    /** Its chain, each part of it from where the caller says. Nothing is fetched yet. */
    public LlamaBuilder builder(Function<CatalogueModel, ModelSource> sources) {
        List<CatalogueModel> chain = chain();
        LlamaBuilder builder = Llama.from(sources.apply(chain.getFirst()));
        chain.subList(1, chain.size()).forEach(above -> builder.adapt(above.adapter(sources.apply(above))));
        return builder;
    }

    private Adapter adapter(ModelSource where) {
        return kind == Kind.PATCH ? DeltaPatch.of(where) : LoraAdapter.of(where);
    }

    /** All of its chain, fetched, merged and ready to write. */
    public Generator load() {
        return builder().load();
    }
}
