package io.github.hanllama.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** What the demo is asked: a text, or the number of one of these. */
final class DemoPrompt {
    private static final String AUTUMN_NIGHT = "请写一首题为《秋夜》的七言绝句。";
    private static final String MOON = "写一首关于明月的五言绝句。";
    private static final String FAREWELL = "以《送友人》为题，写一首五言律诗。";
    private static final String PLUM_BLOSSOM = "写一首描写梅花的七言律诗。";
    private static final List<String> CHOICES = List.of(AUTUMN_NIGHT, MOON, FAREWELL, PLUM_BLOSSOM);

    /** For all stages: a wish, the head of a poem as the verse has it, and the beginning of an English line. */
    private static final List<String> TO_COMPARE = List.of(AUTUMN_NIGHT, "七言絕句 秋夜\n", "To be, or not to be");

    @Parameters(
            arity = "0..1",
            paramLabel = "PROMPT",
            description = {
                "What to write, in Chinese: a poem with a title or on a theme. Or the number of one of these (default: 1):",
                "1 " + AUTUMN_NIGHT,
                "2 " + MOON,
                "3 " + FAREWELL,
                "4 " + PLUM_BLOSSOM
            })
    private Optional<String> prompt = Optional.empty();

    String text() {
        return prompt.map(DemoPrompt::chosen).orElse(AUTUMN_NIGHT);
    }

    /** The prompts of a comparison. */
    List<String> all() {
        return prompt.map(given -> List.of(chosen(given))).orElse(TO_COMPARE);
    }

    private static String chosen(String prompt) {
        for (int i = 0; i < CHOICES.size(); i++) {
            if (prompt.strip().equals(String.valueOf(i + 1))) {
                return CHOICES.get(i);
            }
        }
        return prompt;
    }
}
