package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StopMatcherTest {
    @Test
    void stop_acrossParts_isCutAndNothingLeaks() {
        StopMatcher matcher = new StopMatcher(List.of("</s>"));
        assertThat(matcher.accept("hi<")).isEqualTo("hi");
        assertThat(matcher.accept("/s")).isEmpty();
        assertThat(matcher.stopped()).isFalse();
        assertThat(matcher.accept("> more")).isEmpty();
        assertThat(matcher.stopped()).isTrue();
    }

    @Test
    void partialStop_disproved_isReleased() {
        StopMatcher matcher = new StopMatcher(List.of("</s>"));
        assertThat(matcher.accept("a</")).isEqualTo("a");
        assertThat(matcher.accept("b")).isEqualTo("</b");
    }

    @Test
    void partialStop_atTheEnd_isFlushed() {
        StopMatcher matcher = new StopMatcher(List.of("</s>"));
        matcher.accept("a</s");
        assertThat(matcher.flush()).isEqualTo("</s");
    }

    @Test
    void overlappingBeginnings_areFound() {
        StopMatcher matcher = new StopMatcher(List.of("aab"));
        assertThat(matcher.accept("aaa")).isEqualTo("a");
        assertThat(matcher.accept("b")).isEmpty();
        assertThat(matcher.stopped()).isTrue();
    }

    @Test
    void stopInsideALongerOne_endsFirst() {
        StopMatcher matcher = new StopMatcher(List.of("abcd", "bc"));
        assertThat(matcher.accept("xabcd")).isEqualTo("xa");
    }

    @Test
    void stopsThatEndTogether_theLongerIsCut() {
        StopMatcher matcher = new StopMatcher(List.of("c", "abc"));
        assertThat(matcher.accept("xabc")).isEqualTo("x");
    }

    @Test
    void parts_ofAnySize_giveWhatTheWholeGives() {
        Random random = new Random(5);
        for (int trial = 0; trial < 3000; trial++) {
            List<String> stops = IntStream.rangeClosed(0, random.nextInt(3))
                    .mapToObj(i -> word(random, 1 + random.nextInt(4)))
                    .toList();
            String text = word(random, random.nextInt(20));
            assertThat(inParts(text, stops, random)).as("%s in %s", stops, text).isEqualTo(first(text, stops));
        }
    }

    private static String inParts(String text, List<String> stops, Random random) {
        StopMatcher matcher = new StopMatcher(stops);
        StringBuilder result = new StringBuilder();
        for (int from = 0; from < text.length() && !matcher.stopped(); ) {
            int to = Math.min(text.length(), from + 1 + random.nextInt(5));
            result.append(matcher.accept(text.substring(from, to)));
            from = to;
        }
        return matcher.stopped() ? result.toString() : result + matcher.flush();
    }

    /** The shortest beginning that ends with a stop sequence, without the longest that it ends with. */
    private static String first(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String beginning = text.substring(0, end);
            int cut = stops.stream()
                    .filter(beginning::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (cut > 0) {
                return beginning.substring(0, end - cut);
            }
        }
        return text;
    }

    private static String word(Random random, int length) {
        return IntStream.range(0, length)
                .mapToObj(i -> random.nextBoolean() ? "a" : "b")
                .collect(Collectors.joining());
    }
}
