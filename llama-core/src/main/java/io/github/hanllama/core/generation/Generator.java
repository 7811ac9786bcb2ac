package io.github.hanllama.core.generation;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.EncodeOptions;
import io.github.hanllama.tokenizer.TokenSequence;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Writes on: a model, its tokenizer where it has one, and the rules that end a text. Safe to share between threads; so
 * many texts are written at the same time as {@link GeneratorOptions#maxConcurrent()} says, the next waits.
 *
 * <pre>{@code
 * try (Generator generator = Llama.load(Path.of("llama-2-7b"))) {
 *     GenerationResult result = generator.generate("白日依山尽，", GenerationConfig.GREEDY);
 *     System.out.println(result.text());
 * }
 * }</pre>
 *
 * One generator can write with many adapters, each text with its own, without merging any:
 *
 * <pre>{@code
 * try (AttachedAdapter poet = generator.attach(LoraAdapter.of(Path.of("poet-lora")))) {
 *     GenerationConfig asPoet = GenerationConfig.builder().adapters(poet).build();
 *     System.out.println(generator.generate("白日依山尽，", asPoet).text());
 * }
 * }</pre>
 *
 * Owns the model. {@link #close()} refuses new texts, cancels those being written, waits for the step in flight and
 * closes the model.
 */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final Optional<Tokenizer> tokenizer;
    private final GeneratorOptions options;
    private final Collection<Integer> declaredEos;
    private final Turnstile turnstile;

    private Generator(LanguageModel model, Optional<Tokenizer> tokenizer, GeneratorOptions options) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options;
        declaredEos = new HashSet<>(model.config().eosTokenIds());
        declaredEos.addAll(options.eosTokenIds());
        turnstile = new Turnstile(options.maxConcurrent());
    }

    /** A generator that owns this model. Without a tokenizer it works with ids. */
    public static Generator of(LanguageModel model, Optional<Tokenizer> tokenizer, GeneratorOptions options) {
        return new Generator(model, tokenizer, options);
    }

    /**
     * Makes adapters ready for texts whose configuration {@link GenerationConfigBuilder#adapters names} them, while others
     * are being written. Several become one that acts as if they were merged in this order. Close it when no text needs it
     * any more: those still using it fail. Closing the generator closes it.
     *
     * @throws io.github.hanllama.core.error.LlamaException when one cannot be read or does not fit
     */
    public AttachedAdapter attach(Adapter... chain) {
        turnstile.requireOpen();
        List<AdapterWeights> opened = new ArrayList<>();
        try {
            for (Adapter adapter : chain) {
                opened.add(open(adapter));
            }
            return model.attach(opened);
        } finally {
            opened.forEach(AdapterWeights::close);
        }
    }

    private static AdapterWeights open(Adapter adapter) {
        ModelFiles files = adapter.source().resolve(ProgressListener.NONE, new Cancellation());
        try {
            return adapter.open(files);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    public LanguageModel model() {
        return model;
    }

    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /**
     * Continues a text. The prompt is plain text: special strings in it stay text, and BOS is put before it where the
     * tokenizer's configuration says so.
     *
     * @throws IllegalArgumentException when the prompt is empty or does not fit the context
     * @throws IllegalStateException when there is no tokenizer, or after {@link #close()}
     */
    public GenerationResult generate(String prompt, GenerationConfig config) {
        return complete(stream(prompt, config));
    }

    /**
     * Continues ids, used as they are.
     *
     * @throws IllegalArgumentException when the prompt is empty, does not fit the context or leaves the vocabulary
     */
    public GenerationResult generate(int[] promptIds, GenerationConfig config) {
        return complete(stream(promptIds, config));
    }

    /** As {@link #generate(String, GenerationConfig)}, piece by piece as the reader asks for them. */
    public TextStream stream(String prompt, GenerationConfig config) {
        return stream(encode(prompt, config), config);
    }

    /** As {@link #generate(int[], GenerationConfig)}, piece by piece as the reader asks for them. */
    public TextStream stream(int[] promptIds, GenerationConfig config) {
        return new TextStream(generation(promptIds, 1, config));
    }

    /**
     * Continues a text several times. The prompt is read once, and the texts are written as one batch; the result is the
     * same as that of writing them one by one. Text {@code i}, counted from 0, draws its random numbers from the seed plus
     * {@code i}; without a seed each has its own.
     *
     * @throws IllegalArgumentException when the prompt is empty or does not fit the context, or there are more samples
     *     than {@link GeneratorOptions#maxConcurrent()} texts may be written at the same time
     * @throws IllegalStateException when there is no tokenizer, or after {@link #close()}
     */
    public List<GenerationResult> samples(String prompt, int samples, GenerationConfig config) {
        return complete(streamSamples(prompt, samples, config));
    }

    /** As {@link #samples(String, int, GenerationConfig)}, for ids used as they are. */
    public List<GenerationResult> samples(int[] promptIds, int samples, GenerationConfig config) {
        return complete(streamSamples(promptIds, samples, config));
    }

    /** As {@link #samples(String, int, GenerationConfig)}, piece by piece as the reader asks for them. */
    public SampleStream streamSamples(String prompt, int samples, GenerationConfig config) {
        return streamSamples(encode(prompt, config), samples, config);
    }

    /** As {@link #samples(int[], int, GenerationConfig)}, piece by piece as the reader asks for them. */
    public SampleStream streamSamples(int[] promptIds, int samples, GenerationConfig config) {
        if (samples < 1 || samples > options.maxConcurrent()) {
            throw new IllegalArgumentException("samples must be between 1 and maxConcurrent, which is "
                    + options.maxConcurrent() + ", was " + samples);
        }
        return new SampleStream(generation(promptIds, samples, config));
    }

    /**
     * A conversation with the model, its template chosen from what its files say or its vocabulary was made for. {@link
     * Chat#builder} has everything else.
     *
     * @throws IllegalStateException when no template can be told, as with base models, when there is no tokenizer, or after
     *     {@link #close()}
     */
    public Chat chat() {
        return Chat.builder(this).build();
    }

    /**
     * The template of its chats: the one its files declare, else the one its vocabulary was made for. Empty when neither
     * is known here, as with base models.
     */
    public Optional<ChatTemplate> chatTemplate() {
        return chatTemplate(GenerationConfig.GREEDY);
    }

    Optional<ChatTemplate> chatTemplate(GenerationConfig config) {
        Optional<String> declared = options.chatTemplate();
        return declared.isPresent()
                ? ChatTemplates.meantBy(declared.get())
                : tokenizer(config).flatMap(ChatTemplates::madeFor);
    }

    PrefixCache newPrefixCache() {
        turnstile.requireOpen();
        return new PrefixCache(model, options.maxSequenceLength());
    }

    /** Whether a reply of the wanted length, or of a quarter of the context, fits behind the prompt. */
    boolean leavesRoom(int[] prompt, GenerationConfig config) {
        int context = options.maxSequenceLength();
        return prompt.length <= context - Math.min(config.maxNewTokens(), context / 4);
    }

    /** A text without the white space around it, written with a cache that outlives it. */
    Generation reply(int[] prompt, CacheStore store, GenerationConfig config) {
        return generation(prompt, store, 1, config, true);
    }

    private Generation generation(int[] promptIds, int samples, GenerationConfig config) {
        return generation(promptIds.clone(), CacheStore.fresh(model), samples, config, false);
    }

    private Generation generation(
            int[] prompt, CacheStore store, int samples, GenerationConfig config, boolean stripped) {
        turnstile.requireOpen();
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt is empty; it needs at least one id");
        }
        if (prompt.length > options.maxSequenceLength()) {
            throw new IllegalArgumentException("the prompt has " + prompt.length + " ids, more than the "
                    + options.maxSequenceLength() + " of maxSequenceLength");
        }
        Optional<Tokenizer> vocabulary = tokenizer(config);
        if (!config.stopSequences().isEmpty() && vocabulary.isEmpty()) {
            throw new IllegalArgumentException("stopSequences need a tokenizer, and this model has none");
        }
        DraftRules rules = new DraftRules(
                Math.min(config.maxNewTokens(), options.maxSequenceLength() - prompt.length),
                vocabulary.map(Tokenizer::vocabularySize).orElse(Integer.MAX_VALUE),
                eosTokenIds(config, vocabulary));
        List<Draft> drafts = IntStream.range(0, samples)
                .mapToObj(sample -> new Draft(
                        rules, new TextWriter(vocabulary, prompt, config.stopSequences(), stripped), config, sample))
                .toList();
        return new Generation(model, turnstile, store, prompt, drafts, config);
    }

    @Override
    public void close() {
        turnstile.close();
        model.close();
    }

    static GenerationResult complete(TextStream stream) {
        try (stream) {
            stream.forEach(text -> {});
            return stream.result();
        }
    }

    private static List<GenerationResult> complete(SampleStream stream) {
        try (stream) {
            stream.forEach(piece -> {});
            return stream.results();
        }
    }

    /** The one that goes with the embeddings: an adapter's that brings both, else the model's. */
    private Optional<Tokenizer> tokenizer(GenerationConfig config) {
        return config.adapters().stream()
                .map(AdapterUse::adapter)
                .filter(AttachedAdapter::replacing)
                .flatMap(adapter -> adapter.tokenizer().stream())
                .findFirst()
                .or(() -> tokenizer);
    }

    private int[] encode(String prompt, GenerationConfig config) {
        Tokenizer known = required(tokenizer(config));
        EncodeOptions policy = known.defaultOptions().addEos(false).parseSpecial(false);
        return known.encode(prompt, policy);
    }

    int[] encode(TokenSequence prompt, GenerationConfig config) {
        return required(tokenizer(config)).encode(prompt);
    }

    private static Tokenizer required(Optional<Tokenizer> vocabulary) {
        return vocabulary.orElseThrow(
                () -> new IllegalStateException("this model has no tokenizer; give prompt ids instead of text"));
    }

    private Set<Integer> eosTokenIds(GenerationConfig config, Optional<Tokenizer> vocabulary) {
        if (config.ignoreEos()) {
            return Set.of();
        }
        return config.eosTokenIds()
                .<Set<Integer>>map(Set::copyOf)
                .orElseGet(() -> EosTokens.resolve(declaredEos, vocabulary));
    }
}
