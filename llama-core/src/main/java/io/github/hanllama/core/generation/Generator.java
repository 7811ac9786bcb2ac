package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.tokenizer.EncodeOptions;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

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
 * Owns the model. {@link #close()} refuses new texts, cancels those being written, waits for the step in flight and
 * closes the model.
 */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final Optional<Tokenizer> tokenizer;
    private final GeneratorOptions options;
    private final Set<Integer> eosTokenIds;
    private final Turnstile turnstile;

    private Generator(LanguageModel model, Optional<Tokenizer> tokenizer, GeneratorOptions options) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options;
        Collection<Integer> declared = new HashSet<>(model.config().eosTokenIds());
        declared.addAll(options.eosTokenIds());
        eosTokenIds = EosTokens.resolve(declared, tokenizer);
        turnstile = new Turnstile(options.maxConcurrent());
    }

    /** A generator that owns this model. Without a tokenizer it works with ids. */
    public static Generator of(LanguageModel model, Optional<Tokenizer> tokenizer, GeneratorOptions options) {
        return new Generator(model, tokenizer, options);
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
        return stream(encode(prompt), config);
    }

    /** As {@link #generate(int[], GenerationConfig)}, piece by piece as the reader asks for them. */
    public TextStream stream(int[] promptIds, GenerationConfig config) {
        turnstile.requireOpen();
        if (promptIds.length == 0) {
            throw new IllegalArgumentException("the prompt is empty; it needs at least one id");
        }
        if (promptIds.length > options.maxSequenceLength()) {
            throw new IllegalArgumentException("the prompt has " + promptIds.length + " ids, more than the "
                    + options.maxSequenceLength() + " of maxSequenceLength");
        }
        if (!config.stopSequences().isEmpty() && tokenizer.isEmpty()) {
            throw new IllegalArgumentException("stopSequences need a tokenizer, and this model has none");
        }
        return new TextStream(new Generation(
                model,
                turnstile,
                promptIds.clone(),
                Math.min(config.maxNewTokens(), options.maxSequenceLength() - promptIds.length),
                tokenizer.map(Tokenizer::vocabularySize).orElse(Integer.MAX_VALUE),
                eosTokenIds(config),
                new TextWriter(tokenizer, promptIds, config.stopSequences()),
                config));
    }

    @Override
    public void close() {
        turnstile.close();
        model.close();
    }

    private static GenerationResult complete(TextStream stream) {
        try (stream) {
            stream.forEach(text -> {});
            return stream.result();
        }
    }

    private int[] encode(String prompt) {
        Tokenizer known = tokenizer.orElseThrow(
                () -> new IllegalStateException("this model has no tokenizer; give prompt ids instead of text"));
        EncodeOptions policy = known.defaultOptions().addEos(false).parseSpecial(false);
        return known.encode(prompt, policy);
    }

    private Set<Integer> eosTokenIds(GenerationConfig config) {
        if (config.ignoreEos()) {
            return Set.of();
        }
        return config.eosTokenIds().<Set<Integer>>map(Set::copyOf).orElse(eosTokenIds);
    }
}
