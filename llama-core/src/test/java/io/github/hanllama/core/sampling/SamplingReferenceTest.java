package io.github.hanllama.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Probabilities that others computed from the definitions. */
class SamplingReferenceTest {
    private static final Set<String> SAME_MEANING =
            Set.of("test_temp", "test_top_k", "test_top_p", "test_min_p", "test_penalties");
    private static final Pattern LIST = Pattern.compile("\\{([^}]*)}");

    @ParameterizedTest
    @MethodSource("transformersCases")
    void probabilities_equalTransformersDefinitions(JsonNode expected, float[] logits) {
        SamplingOptions options = new SamplingOptions(
                expected.get("temperature").asDouble(),
                expected.get("top_k").asInt(),
                expected.get("top_p").asDouble(),
                expected.get("min_p").asDouble(),
                expected.get("repetition_penalty").asDouble(),
                OptionalLong.empty());

        double[] probabilities = probabilities(options, ints(expected.get("history")), logits);

        assertThat(positive(probabilities)).isEqualTo(ints(expected.get("kept")));
        assertThat(probabilities).containsExactly(doubles(expected.get("probs")), within(1e-6));
    }

    static Stream<Object[]> transformersCases() throws IOException {
        JsonNode file = new ObjectMapper()
                .readTree(TestData.path("synthetic/reference/sampling.json").toFile());
        return StreamSupport.stream(file.get("cases").spliterator(), false).map(each -> new Object[] {
            each, floats(doubles(file.get("logits").get(each.get("logits").asText())))
        });
    }

    @Test
    void transformersCases_areAllThere() throws IOException {
        assertThat(transformersCases()).hasSize(80);
    }

    /** Only the samplers whose meaning is the same there. */
    @Test
    @NeedsData("reference/llama_cpp_sampling_calls.json")
    void probabilities_equalLlamaCpp() throws IOException {
        int checked = 0;
        JsonNode file = new ObjectMapper()
                .readTree(
                        TestData.path("reference/llama_cpp_sampling_calls.json").toFile());
        for (JsonNode call : file.get("calls")) {
            checked += check(call.get(0).asText(), call.get(1).asText()) ? 1 : 0;
        }
        assertThat(checked).isEqualTo(2 + 4 + 4 + 8 + 3);
    }

    private static boolean check(String test, String arguments) {
        if (!SAME_MEANING.contains(test)) {
            return false;
        }
        List<double[]> lists = new ArrayList<>();
        Matcher matcher = LIST.matcher(arguments);
        while (matcher.find()) {
            lists.add(terms(matcher.group(1)));
        }
        double[] parameters = terms(arguments.substring(arguments.lastIndexOf('}') + 2));
        SamplingOptions neutral = SamplingOptions.GREEDY.temperature(1);
        int[] history = {};
        SamplingOptions options;
        switch (test) {
            case "test_temp" -> options = neutral.temperature(parameters[0]);
            case "test_top_k" -> options = neutral.topK((int) parameters[0]);
            case "test_top_p" -> options = neutral.topP(parameters[0]);
            case "test_min_p" -> options = neutral.minP(parameters[0]);
            case "test_penalties" -> {
                if (parameters[1] != 0 || parameters[2] != 0) {
                    return false; // frequency and presence penalties
                }
                options = neutral.repetitionPenalty(parameters[0]);
                history = Arrays.stream(lists.get(1)).mapToInt(id -> (int) id).toArray();
            }
            default -> throw new AssertionError(test);
        }
        float[] logits = floats(Arrays.stream(lists.getFirst()).map(Math::log).toArray());
        double[] expected = lists.getLast();
        double[] actual = Arrays.stream(probabilities(options, history, logits))
                .boxed()
                .sorted((a, b) -> Double.compare(b, a))
                .mapToDouble(Double::doubleValue)
                .limit(expected.length)
                .toArray();
        assertThat(actual).as("%s %s", test, arguments).containsExactly(expected, within(1e-5));
        return true;
    }

    private static double[] probabilities(SamplingOptions options, int[] history, float[] logits) {
        OptionsSampler sampler = new OptionsSampler(options, new SplitMix64(0));
        Arrays.stream(history).forEach(sampler::accept);
        double[] probabilities = new double[logits.length];
        if (options.temperature() == 0) {
            probabilities[sampler.apply(logits.clone())] = 1;
            return probabilities;
        }
        float[] prepared = logits.clone();
        sampler.prepare(prepared);
        Candidates candidates = sampler.candidates(prepared);
        for (int i = 0; i < candidates.size(); i++) {
            probabilities[candidates.id(i)] = candidates.probability(i);
        }
        return probabilities;
    }

    /** Every list in this format is made of terms such as {@code 0.4f/0.9f}. */
    private static double[] terms(String list) {
        return Arrays.stream(list.split(","))
                .filter(term -> !term.isBlank())
                .mapToDouble(SamplingReferenceTest::quotient)
                .toArray();
    }

    private static double quotient(String term) {
        String[] parts = term.replace("f", "").split("/");
        double value = Float.parseFloat(parts[0].strip());
        return parts.length == 1 ? value : value / Float.parseFloat(parts[1].strip());
    }

    private static int[] positive(double[] values) {
        return IntStream.range(0, values.length).filter(i -> values[i] > 0).toArray();
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
