package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.chat.Message;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeAdapter;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChatTest {
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer("hello", " world ", " ", "[PAD]");
    private static final int VOCABULARY = TOKENIZER.vocabularySize();
    private final List<Integer> promptRows = new ArrayList<>();

    /** {@code <s>}, then each message in its brackets. */
    private static final ChatTemplate SHORT = new ChatTemplate() {
        @Override
        public String name() {
            return "short";
        }

        @Override
        public TokenSequence prompt(List<Message> messages) {
            TokenSequence.Builder prompt = TokenSequence.builder().bos();
            messages.forEach(message -> prompt.text(message.role().name().charAt(0) + "(")
                    .text(message.text())
                    .text(")"));
            return prompt.build();
        }

        @Override
        public List<String> stopSequences() {
            return List.of("U(");
        }
    };

    @Test
    void send_repliesAndRemembers() {
        try (Generator generator = generator(saying("hello", " world ", FakeTokenizer.EOS));
                Chat chat = chat(generator)) {
            GenerationResult reply = chat.send("hi");
            assertThat(reply.text()).isEqualTo("hello world");
            assertThat(reply.finishReason()).isEqualTo(FinishReason.EOS);
            assertThat(chat.messages()).containsExactly(Message.user("hi"), Message.assistant("hello world"));
            assertThat(chat.send("again").promptIds())
                    .isEqualTo(TOKENIZER.encode(SHORT.prompt(
                            List.of(Message.user("hi"), Message.assistant("hello world"), Message.user("again")))));
        }
    }

    @Test
    void stream_isStrippedAtBothEnds() {
        try (Generator generator = generator(saying(" ", "hello", " world ", " ", FakeTokenizer.EOS));
                Chat chat = chat(generator);
                TextStream reply = chat.stream("hi")) {
            assertThat(String.join("", reply))
                    .isEqualTo("hello world")
                    .isEqualTo(reply.result().text());
        }
    }

    @Test
    void reply_asTheOtherSide_isCut() {
        FakeModel model = FakeModel.saying(VOCABULARY, TOKENIZER.encode("yes U(no"));
        try (Generator generator = generator(model);
                Chat chat = chat(generator)) {
            GenerationResult reply = chat.send("hi");
            assertThat(reply.text()).isEqualTo("yes");
            assertThat(reply.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void system_staysInFront() {
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS));
                Chat chat = Chat.builder(generator)
                        .template(SHORT)
                        .system("be kind")
                        .messages(List.of(Message.user("a"), Message.assistant("b")))
                        .build()) {
            assertThat(TOKENIZER.decode(chat.send("c").promptIds())).isEqualTo("S(be kind)U(a)A(b)U(c)");
            assertThat(chat.system()).contains("be kind");
            chat.clear();
            assertThat(chat.messages()).isEmpty();
            assertThat(TOKENIZER.decode(chat.send("d").promptIds())).isEqualTo("S(be kind)U(d)");
        }
    }

    @Test
    void secondTurn_readsOnlyWhatIsNew() {
        try (Generator generator = generator(saying("hello", " world ", "hello", FakeTokenizer.EOS));
                Chat chat = chat(generator)) {
            int first = chat.send("hi").promptIds().length;
            GenerationResult second = chat.send("again");
            assertThat(second.usage().cachedTokens()).isEqualTo(first);
            assertThat(promptRows).containsExactly(first, second.promptIds().length - first);
        }
    }

    @Test
    void cachedTurns_replyAsIfReadAnew() {
        FakeModel model = FakeModel.babbling(VOCABULARY);
        GenerationConfig config = GenerationConfig.builder()
                .temperature(1)
                .seed(3)
                .ignoreEos(true)
                .maxNewTokens(8)
                .build();
        try (Generator generator = generator(model);
                Chat chat =
                        Chat.builder(generator).template(SHORT).config(config).build()) {
            for (int turn = 0; turn < 4; turn++) {
                GenerationResult reply = chat.send("turn " + turn);
                assertThat(reply.ids())
                        .isEqualTo(generator.generate(reply.promptIds(), config).ids());
                assertThat(reply.usage().cachedTokens() > 0).isEqualTo(turn > 0);
            }
        }
    }

    @Test
    void fullContext_dropsOldestTurns_keepsSystem() {
        FakeModel model = saying("hello", FakeTokenizer.EOS);
        try (Generator generator = Generator.of(model, Optional.of(TOKENIZER), new GeneratorOptions(64, List.of(), 1));
                Chat chat = Chat.builder(generator)
                        .template(SHORT)
                        .system("s")
                        .config(GenerationConfig.GREEDY)
                        .build()) {
            List<String> prompts = new ArrayList<>();
            for (int turn = 0; turn < 6; turn++) {
                prompts.add(TOKENIZER.decode(chat.send("question" + turn).promptIds()));
            }
            assertThat(prompts.get(1)).isEqualTo("S(s)U(question0)A(hello)U(question1)");
            assertThat(prompts.get(2)).isEqualTo("S(s)U(question1)A(hello)U(question2)");
            assertThat(prompts.get(5)).isEqualTo("S(s)U(question4)A(hello)U(question5)");
            assertThat(chat.messages()).hasSize(12);
        }
    }

    @Test
    void questionTooLong_isRefused_andLeavesTheChat() {
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS));
                Chat chat = chat(generator)) {
            chat.send("hi");
            assertThatThrownBy(() -> chat.send("x".repeat(600)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("more than the 512 of maxSequenceLength");
            assertThat(chat.messages()).hasSize(2);
            assertThat(TOKENIZER.decode(chat.send("b").promptIds())).isEqualTo("U(hi)A(hello)U(b)");
        }
    }

    @Test
    void closedReply_leavesTheChatAsBefore() {
        try (Generator generator = generator(saying("hello", " world ", "hello", FakeTokenizer.EOS));
                Chat chat = chat(generator)) {
            chat.send("a");
            List<Message> before = chat.messages();
            try (TextStream reply = chat.stream("b")) {
                assertThat(reply.iterator().next()).isEqualTo("hello");
            }
            assertThat(chat.messages()).isEqualTo(before);
            assertThat(TOKENIZER.decode(chat.send("c").promptIds())).isEqualTo("U(a)A(hello world hello)U(c)");
        }
    }

    @Test
    void failedReply_leavesTheChatAsBefore() {
        FakeModel model = saying("hello", FakeTokenizer.EOS);
        try (Generator generator = generator(model);
                Chat chat = chat(generator)) {
            chat.send("a");
            model.beforeRow(row -> {
                if (row.phase() == Phase.GENERATED) {
                    throw new BackendException("device lost");
                }
            });
            assertThatThrownBy(() -> chat.send("b")).isInstanceOf(BackendException.class);
            assertThat(chat.messages()).hasSize(2);
            model.beforeRow(row -> {});
            assertThat(TOKENIZER.decode(chat.send("c").promptIds())).isEqualTo("U(a)A(hello)U(c)");
            assertThat(chat.messages()).hasSize(4);
        }
    }

    @Test
    void nextQuestion_beforeTheReplyHasEnded_isRefused() {
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS));
                Chat chat = chat(generator);
                TextStream reply = chat.stream("a")) {
            assertThatThrownBy(() -> chat.stream("b"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the last reply has not ended: read or close its stream first");
            assertThatThrownBy(chat::clear).isInstanceOf(IllegalStateException.class);
            assertThat(chat.messages()).isEmpty();
            reply.forEach(text -> {});
            assertThat(chat.messages()).hasSize(2);
        }
    }

    @Test
    void close_endsTheReplyAndFreesTheCache() {
        FakeModel model = saying("hello", "hello", FakeTokenizer.EOS);
        try (Generator generator = generator(model)) {
            Chat chat = chat(generator);
            TextStream reply = chat.stream("a");
            assertThat(reply.iterator().next()).isEqualTo("hello");
            chat.close();
            chat.close();
            assertThat(model.openCaches()).isZero();
            assertThat(reply.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThatThrownBy(() -> chat.send("b"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("chat is closed");
        }
    }

    @Test
    void generatorClosed_endsTheChat() {
        Generator generator = generator(saying("hello", FakeTokenizer.EOS));
        try (Chat chat = chat(generator)) {
            chat.send("a");
            generator.close();
            assertThatThrownBy(() -> chat.send("b"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("generator is closed");
        }
    }

    @Test
    void cache_isOneAndGrows() {
        FakeModel model = FakeModel.babbling(VOCABULARY);
        GenerationConfig config = GenerationConfig.builder()
                .temperature(1)
                .seed(1)
                .ignoreEos(true)
                .maxNewTokens(40)
                .build();
        try (Generator generator = generator(model);
                Chat chat =
                        Chat.builder(generator).template(SHORT).config(config).build()) {
            for (int turn = 0; turn < 6; turn++) {
                chat.send("question " + turn);
                assertThat(model.openCaches()).isOne();
            }
            assertThat(model.mostOpenCaches()).isOne();
        }
        assertThat(model.openCaches()).isZero();
    }

    @Test
    void otherAdapters_readEverythingAnew() {
        AdapterUse poet = AdapterUse.of(new FakeAdapter(Optional.empty(), VOCABULARY, false));
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS));
                Chat chat = chat(generator)) {
            chat.send("a");
            GenerationConfig asPoet =
                    GenerationConfig.builder().adapters(List.of(poet)).build();
            assertThat(chat.send("b", asPoet).usage().cachedTokens()).isZero();
            assertThat(chat.send("c", asPoet).usage().cachedTokens()).isPositive();
        }
    }

    @Test
    void template_isChosenFromWhatTheModelDeclares() {
        assertThat(chosen(Optional.of("… [INST] <<SYS>> …"))).isSameAs(ChatTemplates.LLAMA_2);
        assertThat(chosen(Optional.empty())).isSameAs(ChatTemplates.ALPACA); // by [PAD]
    }

    @Test
    void template_unknown_saysWhatToDo() {
        try (Generator base = Generator.of(
                FakeModel.babbling(VOCABULARY), Optional.of(new FakeTokenizer("hello")), GeneratorOptions.of(64))) {
            assertThatThrownBy(base::chat)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model names no chat template that is known here; a base model cannot chat: use"
                            + " generate, or choose one in Chat.builder(generator).template(...): alpaca, alpaca-cpp,"
                            + " llama-2, alpaca-2, llama-3");
        }
        assertThatThrownBy(() -> chosen(Optional.of("<|im_start|>")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the model names no chat template that is known here; ");
    }

    @Test
    void noTokenizer_isRefused() {
        try (Generator generator =
                        Generator.of(FakeModel.babbling(VOCABULARY), Optional.empty(), GeneratorOptions.of(64));
                Chat chat = Chat.builder(generator).template(SHORT).build()) {
            assertThatThrownBy(() -> chat.send("a"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no tokenizer");
        }
    }

    @Test
    void messages_thatAreNoWholeTurns_areRefused() {
        try (Generator generator = generator(saying("hello"))) {
            assertThatThrownBy(() -> Chat.builder(generator)
                            .messages(List.of(Message.user("a")))
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the last message must be of ASSISTANT");
            assertThatThrownBy(() -> Chat.builder(generator)
                            .messages(List.of(Message.system("a")))
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("message 1 must be of USER, was of SYSTEM");
        }
    }

    private static ChatTemplate chosen(Optional<String> declared) {
        GeneratorOptions options = new GeneratorOptions(64, List.of(), 1, declared);
        try (Generator generator = Generator.of(FakeModel.babbling(VOCABULARY), Optional.of(TOKENIZER), options);
                Chat chat = generator.chat()) {
            return chat.template();
        }
    }

    private static Chat chat(Generator generator) {
        return Chat.builder(generator)
                .template(SHORT)
                .config(GenerationConfig.GREEDY)
                .build();
    }

    private Generator generator(FakeModel model) {
        model.beforeRow(row -> {
            if (row.phase() == Phase.PROMPT) {
                promptRows.add(row.size());
            }
        });
        return Generator.of(model, Optional.of(TOKENIZER), GeneratorOptions.of(512));
    }

    /** Words, or ids. */
    private static FakeModel saying(Object... what) {
        int[] ids = new int[what.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = what[i] instanceof String word ? TOKENIZER.word(word) : (Integer) what[i];
        }
        return FakeModel.saying(VOCABULARY, ids);
    }
}
