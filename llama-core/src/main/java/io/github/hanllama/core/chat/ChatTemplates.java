package io.github.hanllama.core.chat;

import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The templates of the LLaMA family. */
public final class ChatTemplates {
    private static final String HELPFUL = "You are a helpful assistant. 你是一个乐于助人的助手。";
    private static final String PAD = "[PAD]";

    /** Chinese-Alpaca, as it was trained: one space after {@code ### Response:}. A system message replaces the preamble. */
    public static final ChatTemplate ALPACA = new AlpacaTemplate("alpaca", "\n", " ");

    /** Chinese-Alpaca, as llama.cpp and the original inference script ask it: empty lines after the headings. */
    public static final ChatTemplate ALPACA_CPP = new AlpacaTemplate("alpaca-cpp", "\n\n", "\n\n");

    /** Llama-2-chat, as Meta's own code writes it. */
    public static final ChatTemplate LLAMA_2 = new Llama2Template("llama-2", String::strip, " ", Optional.empty());

    /** Chinese-Alpaca-2: Llama-2-chat without the space before EOS, and with a system message of its own. */
    public static final ChatTemplate ALPACA_2 =
            new Llama2Template("alpaca-2", UnaryOperator.identity(), "", Optional.of(HELPFUL));

    /** Llama-3-Instruct and its Chinese descendants. */
    public static final ChatTemplate LLAMA_3 = Llama3Template.INSTANCE;

    private static final List<ChatTemplate> ALL = List.of(ALPACA, ALPACA_CPP, LLAMA_2, ALPACA_2, LLAMA_3);

    private ChatTemplates() {}

    /** Every template, in the order of their age. */
    public static List<ChatTemplate> all() {
        return ALL;
    }

    /** Their names, for messages. */
    public static String names() {
        return ALL.stream().map(ChatTemplate::name).collect(Collectors.joining(", "));
    }

    /** @throws IllegalArgumentException when there is no template of this name */
    public static ChatTemplate named(String name) {
        return ALL.stream()
                .filter(template -> template.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no chat template \"" + name + "\"; expected one of " + names()));
    }

    /**
     * The template of a model that declares it in another language (Jinja); recognised by what it writes, so details such
     * as dates and tools are lost. Empty when it is none of these.
     */
    public static Optional<ChatTemplate> meantBy(String declared) {
        if (Llama3Template.isMeantBy(declared)) {
            return Optional.of(LLAMA_3);
        }
        if (declared.contains("[INST]") && declared.contains("<<SYS>>")) {
            return Optional.of(LLAMA_2);
        }
        return declared.contains("Below is an instruction") && declared.contains("### Response:")
                ? Optional.of(ALPACA)
                : Optional.empty();
    }

    /**
     * The template that a vocabulary was made for: headers of Llama-3, or the {@code [PAD]} that Chinese-Alpaca adds as its
     * last piece. Empty for all others; Chinese-LLaMA-2 and Chinese-Alpaca-2, for example, have the same vocabulary.
     */
    public static Optional<ChatTemplate> madeFor(Tokenizer tokenizer) {
        if (Llama3Template.fits(tokenizer)) {
            return Optional.of(LLAMA_3);
        }
        boolean endsWithPad = tokenizer.id(PAD).equals(OptionalInt.of(tokenizer.vocabularySize() - 1));
        return endsWithPad ? Optional.of(ALPACA) : Optional.empty();
    }
}
