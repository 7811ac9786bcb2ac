package io.github.hanllama.core.generation;

import java.util.List;

/** What was written. Immutable. */
public final class GenerationResult {
    private final int[] promptIds;
    private final int[] ids;
    private final String text;
    private final FinishReason finishReason;
    private final Usage usage;
    private final List<TokenLogprobs> logprobs;

    GenerationResult(
            int[] promptIds,
            int[] ids,
            String text,
            FinishReason finishReason,
            Usage usage,
            List<TokenLogprobs> logprobs) {
        this.promptIds = promptIds;
        this.ids = ids;
        this.text = text;
        this.finishReason = finishReason;
        this.usage = usage;
        this.logprobs = List.copyOf(logprobs);
    }

    public int[] promptIds() {
        return promptIds.clone();
    }

    /** The new ids, without the EOS that ended them; those of a stop sequence are included. */
    public int[] ids() {
        return ids.clone();
    }

    /**
     * What follows the prompt's text, up to the stop sequence; empty when the model has no tokenizer. It starts with a
     * space where the model wrote one, so prompt and text can be put together.
     */
    public String text() {
        return text;
    }

    public FinishReason finishReason() {
        return finishReason;
    }

    public Usage usage() {
        return usage;
    }

    /** How likely each of {@link #ids()} was; empty unless {@link GenerationConfig#logprobs()} asks for it. */
    public List<TokenLogprobs> logprobs() {
        return logprobs;
    }

    @Override
    public String toString() {
        return "GenerationResult[" + finishReason + ", " + ids.length + " ids, text=" + text + "]";
    }
}
