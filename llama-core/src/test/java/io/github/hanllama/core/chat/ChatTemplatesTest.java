package io.github.hanllama.core.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChatTemplatesTest {
    private static final FakeTokenizer LLAMA3 =
            new FakeTokenizer("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>");
    private static final String PREAMBLE = "Below is an instruction that describes a task. "
            + "Write a response that appropriately completes the request.\n\n";
    private static final List<Message> TWO_TURNS =
            List.of(Message.user("q1"), Message.assistant("a1"), Message.user("q2"));

    @Test
    void alpaca_oneTurn_isTheTrainingPrompt() {
        assertThat(written(ChatTemplates.ALPACA, Message.user("你好")))
                .isEqualTo("<s>" + PREAMBLE + "### Instruction:\n你好\n\n### Response: ");
    }

    @Test
    void alpaca_turns_areSeparatedByEmptyLines() {
        assertThat(written(ChatTemplates.ALPACA, TWO_TURNS))
                .isEqualTo("<s>" + PREAMBLE + "### Instruction:\nq1\n\n### Response: a1\n\n"
                        + "### Instruction:\nq2\n\n### Response: ");
    }

    @Test
    void alpaca_system_replacesThePreamble() {
        assertThat(written(ChatTemplates.ALPACA, Message.system("Be brief."), Message.user("q")))
                .isEqualTo("<s>Be brief.\n\n### Instruction:\nq\n\n### Response: ");
    }

    @Test
    void alpacaCpp_hasEmptyLinesAfterHeadings() {
        assertThat(written(ChatTemplates.ALPACA_CPP, TWO_TURNS))
                .isEqualTo("<s>" + PREAMBLE + "### Instruction:\n\nq1\n\n### Response:\n\na1\n\n"
                        + "### Instruction:\n\nq2\n\n### Response:\n\n");
    }

    @Test
    void llama2_isMetas() {
        assertThat(written(
                        ChatTemplates.LLAMA_2,
                        Message.system("sys"),
                        Message.user(" q1 "),
                        Message.assistant(" a1 "),
                        Message.user("q2")))
                .isEqualTo("<s>[INST] <<SYS>>\nsys\n<</SYS>>\n\n q1 [/INST] a1 </s><s>[INST] q2 [/INST]");
        assertThat(written(ChatTemplates.LLAMA_2, Message.user(" q "))).isEqualTo("<s>[INST] q [/INST]");
    }

    @Test
    void alpaca2_hasNoSpaceBeforeEos_andNoneBeforeAnEmptyAnswer() {
        assertThat(written(ChatTemplates.ALPACA_2, TWO_TURNS))
                .isEqualTo("<s>[INST] q1 [/INST] a1</s><s>[INST] q2 [/INST]");
        assertThat(written(ChatTemplates.ALPACA_2, Message.user("q"), Message.assistant(""), Message.user("r")))
                .isEqualTo("<s>[INST] q [/INST]</s><s>[INST] r [/INST]");
        assertThat(ChatTemplates.ALPACA_2.defaultSystem()).contains("You are a helpful assistant. 你是一个乐于助人的助手。");
    }

    /** Templates that models declare, as Jinja renders them; two of the family write Llama-2, with other BOS rules. */
    @Test
    @NeedsData("reference/llama_cpp_chat_templates.json")
    void prompts_equalRenderedTemplates() throws IOException {
        List<Message> trimmed = new ArrayList<>();
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : reference().get("conversation")) {
            Role role = Role.valueOf(message.get(0).asText().toUpperCase(Locale.ROOT));
            messages.add(new Message(role, message.get(1).asText()));
            trimmed.add(new Message(role, message.get(1).asText().strip()));
        }
        assertThat(written(ChatTemplates.LLAMA_3, messages)).isEqualTo("<s>" + rendered("Llama-3"));
        // no BOS at all
        assertThat(written(ChatTemplates.LLAMA_2, messages).replace("<s>", ""))
                .isEqualTo(rendered("bofenghuang/vigogne-2-70b-chat"));
        // no BOS at the beginning; answers are not trimmed
        assertThat(written(ChatTemplates.LLAMA_2, trimmed).substring("<s>".length()))
                .isEqualTo(rendered("TheBloke/FusionNet_34Bx2_MoE-AWQ")
                        .replace("    I am an assistant    ", " I am an assistant "));
    }

    @Test
    @NeedsData("reference/llama_cpp_chat_templates.json")
    void meantBy_recognisesTheFamilyAmongOthers() throws IOException {
        Map<String, ChatTemplate> family = Map.of(
                "Llama-3", ChatTemplates.LLAMA_3,
                "bofenghuang/vigogne-2-70b-chat", ChatTemplates.LLAMA_2,
                "TheBloke/FusionNet_34Bx2_MoE-AWQ", ChatTemplates.LLAMA_2);
        int cases = 0;
        for (JsonNode each : reference().get("cases")) {
            String name = each.get("name").asText();
            assertThat(ChatTemplates.meantBy(each.get("template_str").asText()))
                    .as(name)
                    .isEqualTo(Optional.ofNullable(family.get(name)));
            cases++;
        }
        assertThat(cases).isEqualTo(30);
    }

    @Test
    void meantBy_alpaca() {
        assertThat(ChatTemplates.meantBy("{{ 'Below is an instruction …### Response:' }}"))
                .contains(ChatTemplates.ALPACA);
    }

    @Test
    void madeFor_vocabularies() {
        assertThat(ChatTemplates.madeFor(LLAMA3)).contains(ChatTemplates.LLAMA_3);
        assertThat(ChatTemplates.madeFor(new FakeTokenizer("word", "[PAD]"))).contains(ChatTemplates.ALPACA);
        assertThat(ChatTemplates.madeFor(new FakeTokenizer("[PAD]", "word"))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.github.hanllama.core.chat.ChatTemplates#all")
    void named_findsEach(ChatTemplate template) {
        assertThat(ChatTemplates.named(template.name())).isSameAs(template);
    }

    @Test
    void named_unknown_listsAll() {
        assertThatThrownBy(() -> ChatTemplates.named("chatml"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "there is no chat template \"chatml\"; expected one of alpaca, alpaca-cpp, llama-2, alpaca-2,"
                                + " llama-3");
    }

    @ParameterizedTest
    @MethodSource("io.github.hanllama.core.chat.ChatTemplates#all")
    void prompt_wrongOrder_isRefused(ChatTemplate template) {
        assertRefused(template, "the last message must be of USER");
        assertRefused(template, "the last message must be of USER", Message.system("s"));
        assertRefused(template, "the last message must be of USER", Message.user("q"), Message.assistant("a"));
        assertRefused(template, "message 1 must be of USER, was of ASSISTANT", Message.assistant("a"));
        assertRefused(
                template,
                "message 3 must be of ASSISTANT, was of USER",
                Message.system("s"),
                Message.user("q"),
                Message.user("r"));
        assertRefused(
                template, "message 2 must be of ASSISTANT, was of SYSTEM", Message.user("q"), Message.system("s"));
    }

    private static void assertRefused(ChatTemplate template, String message, Message... messages) {
        assertThatThrownBy(() -> template.prompt(List.of(messages)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static String written(ChatTemplate template, Message... messages) {
        return written(template, List.of(messages));
    }

    /** What the ids stand for, control tokens included. */
    private static String written(ChatTemplate template, List<Message> messages) {
        StringBuilder written = new StringBuilder();
        List<Integer> text = new ArrayList<>();
        for (int id : LLAMA3.encode(template.prompt(messages))) {
            if (LLAMA3.bytes(id).length > 0) {
                text.add(id);
            } else {
                written.append(decode(text))
                        .append(id == FakeTokenizer.BOS ? "<s>" : id == FakeTokenizer.EOS ? "</s>" : control(id));
                text.clear();
            }
        }
        return written.append(decode(text)).toString();
    }

    private static String decode(List<Integer> ids) {
        StringBuilder text = new StringBuilder();
        var decoder = LLAMA3.incrementalDecoder();
        ids.forEach(id -> text.append(decoder.accept(id)));
        return text.toString();
    }

    private static String control(int id) {
        return LLAMA3.specialTokens().byText().entrySet().stream()
                .filter(token -> token.getValue() == id)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private static JsonNode reference() throws IOException {
        return new ObjectMapper()
                .readTree(
                        TestData.path("reference/llama_cpp_chat_templates.json").toFile());
    }

    private static String rendered(String name) throws IOException {
        for (JsonNode each : reference().get("cases")) {
            if (each.get("name").asText().equals(name)) {
                return each.get("expected_output_jinja").asText();
            }
        }
        throw new AssertionError(name);
    }
}
