package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Execution(ExecutionMode.CONCURRENT)
class NormalFormTest {
    private static final int[] MARKS =
            IntStream.range(0x300, 0x20000).filter(NormalFormTest::isMark).toArray();

    private static boolean isMark(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || codePoint == 0xFF9E
                || codePoint == 0xFF9F;
    }

    /** All marks there are, in runs on both sides of the length that is treated apart. */
    @ParameterizedTest
    @EnumSource
    void normalize_likeTheJdk(Normalizer.Form form) {
        Random random = new Random(form.ordinal());
        for (int round = 0; round < 10; round++) {
            StringBuilder text = new StringBuilder("é");
            for (int i = 0; i < 1000; i++) {
                text.appendCodePoint(random.nextInt(100) == 0 ? 'a' : MARKS[random.nextInt(MARKS.length)]);
            }
            assertThat(new NormalForm(form).normalize(text.toString())).isEqualTo(Normalizer.normalize(text, form));
        }
    }

    /** Which takes the JDK some minutes. */
    @ParameterizedTest
    @EnumSource(names = {"NFC", "NFKD"}) // the others do a part of their work
    void normalize_aQuarterOfAMegabyteOfMarks(Normalizer.Form form) {
        for (String unit : new String[] {"\u0315\u0300", "\u0F73\u0334", "\uFF9E\u0334"}) {
            String text = "a" + unit.repeat((1 << 18) / unit.length());
            String normal = Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(30), () -> new NormalForm(form).normalize(text));
            assertThat(Normalizer.isNormalized(normal, form)).isTrue();
        }
    }
}
