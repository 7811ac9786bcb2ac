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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    /** Samplers there that have no counterpart here. */
    private static final Set<String> NOT_OFFERED = Set.of("test_xtc", "test_dry", "test_top_n_sigma");

    private static final Pattern LIST = Pattern.compile("\\{([^}]*)}");
    private static final int[] NOTHING = {};

    @ParameterizedTest
    @MethodSource("transformersCases")
    void probabilities_equalTransformersDefinitions(JsonNode expected, float[] logits) {
        SamplingOptions options = commonOptions(expected).build();

        double[] probabilities = probabilities(options, NOTHING, ints(expected.get("history")), logits);

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

    /** What transformers' own processors make of random logits; see tools/golden/sampling.py. */
    @ParameterizedTest
    @MethodSource("chainCases")
    void probabilities_equalTransformersProcessors(JsonNode expected) {
        Map<Integer, Float> bias = new HashMap<>();
        expected.get("bias")
                .properties()
                .forEach(entry -> bias.put(Integer.valueOf(entry.getKey()), bias(entry.getValue())));
        SamplingOptions options = commonOptions(expected)
                .logitBias(bias)
                .frequencyPenalty(expected.get("frequency_penalty").asDouble())
                .presencePenalty(expected.get("presence_penalty").asDouble())
                .typicalP(expected.get("typical_p").asDouble())
                .build();
        float[] logits = floats(doubles(expected.get("logits")));
        double[] wanted = new double[logits.length];
        expected.get("probabilities")
                .properties()
                .forEach(entry -> wanted[Integer.parseInt(entry.getKey())] =
                        entry.getValue().asDouble());

        double[] probabilities =
                probabilities(options, ints(expected.get("prompt")), ints(expected.get("written")), logits);

        assertThat(positive(probabilities)).isEqualTo(positive(wanted));
        assertThat(probabilities).containsExactly(wanted, within(1e-6));
    }

    static Stream<JsonNode> chainCases() throws IOException {
        JsonNode file =
                new ObjectMapper().readTree(TestData.path("sampling/chain.json").toFile());
        return StreamSupport.stream(file.spliterator(), false);
    }

    private static float bias(JsonNode value) {
        return value.isNumber() ? value.floatValue() : Float.NEGATIVE_INFINITY;
    }

    private static SamplingOptionsBuilder commonOptions(JsonNode expected) {
        return SamplingOptions.builder()
                .temperature(expected.get("temperature").asDouble())
                .topK(expected.get("top_k").asInt())
                .topP(expected.get("top_p").asDouble())
                .minP(expected.get("min_p").asDouble())
                .repetitionPenalty(expected.get("repetition_penalty").asDouble());
    }

    /**
     * All of llama.cpp's cases but those of samplers that are not offered and those that apply them in another order:
     * XTC 4, DRY 5, top-n-sigma 3, order 9.
     */
    @Test
    @NeedsData("reference/llama_cpp_sampling_calls.json")
    void probabilities_equalLlamaCpp() throws IOException {
        int checked = 0;
        int calls = 0;
        JsonNode file = new ObjectMapper()
                .readTree(
                        TestData.path("reference/llama_cpp_sampling_calls.json").toFile());
        for (JsonNode call : file.get("calls")) {
            calls++;
            String test = call.get(0).asText();
            if (test.equals("test_sampler_queue")) {
                checked += checkQueue(call.get(1).asText().split(",")) ? 1 : 0;
            } else if (!NOT_OFFERED.contains(test)) {
                check(test, call.get(1).asText());
                checked++;
            }
        }
        assertThat(calls).isEqualTo(64);
        assertThat(checked).isEqualTo(64 - 4 - 5 - 3 - 9);
    }

    private static void check(String test, String arguments) {
        List<double[]> lists = new ArrayList<>();
        Matcher matcher = LIST.matcher(arguments);
        while (matcher.find()) {
            lists.add(terms(matcher.group(1)));
        }
        double[] parameters = terms(arguments.substring(arguments.lastIndexOf('}') + 2));
        SamplingOptionsBuilder options = SamplingOptions.builder().temperature(1);
        int[] written = NOTHING;
        switch (test) {
            case "test_temp" -> options.temperature(parameters[0]);
            case "test_temp_ext" -> { // a range of temperatures of width 0
                options.temperature(parameters[0]);
                assertThat(parameters[1]).isZero();
            }
            case "test_top_k" -> options.topK((int) parameters[0]);
            case "test_top_p" -> options.topP(parameters[0]);
            case "test_min_p" -> options.minP(parameters[0]);
            case "test_typical" -> {
                options.typicalP(parameters[0]);
                lists.set(1, normalized(lists.getLast())); // there the kept ones keep their probabilities
            }
            case "test_penalties" -> {
                options.repetitionPenalty(parameters[0])
                        .frequencyPenalty(parameters[1])
                        .presencePenalty(parameters[2]);
                written = Arrays.stream(lists.get(1)).mapToInt(id -> (int) id).toArray();
            }
            default -> throw new AssertionError(test);
        }
        float[] logits = floats(Arrays.stream(lists.getFirst()).map(Math::log).toArray());
        double[] expected = lists.getLast();
        double[] actual = Arrays.stream(probabilities(options.build(), NOTHING, written, logits))
                .boxed()
                .sorted((a, b) -> Double.compare(b, a))
                .mapToDouble(Double::doubleValue)
                .limit(expected.length)
                .toArray();
        assertThat(actual).as("%s %s", test, arguments).containsExactly(expected, within(5e-6));
    }

    /** Id i weighs i; the filters named by letters run one after the other and keep the heaviest. */
    private static boolean checkQueue(String[] arguments) {
        String order = arguments[1].strip().replace("\"", "");
        if (!"kpm".matches(order.replaceAll("", ".*"))) {
            return false;
        }
        int size = Integer.parseInt(arguments[0].strip());
        int topK = Integer.parseInt(arguments[2].strip());
        double topP = quotient(arguments[3]);
        double minP = quotient(arguments[4]);
        SamplingOptionsBuilder options = SamplingOptions.builder().temperature(1);
        int least = 1; // id 0 weighs nothing and is not kept here
        if (order.contains("k")) {
            options.topK(topK);
            least = Math.max(least, size - topK);
        }
        if (order.contains("p")) {
            options.topP(topP);
            double target = topP * IntStream.range(least, size).sum();
            least = size - 1;
            for (int sum = least; sum < target; sum += least) {
                least--;
            }
        }
        if (order.contains("m")) {
            options.minP(minP);
            least = Math.max(least, (int) Math.ceil(minP * (size - 1)));
        }
        float[] logits = floats(IntStream.range(0, size).mapToDouble(Math::log).toArray());
        assertThat(positive(probabilities(options.build(), NOTHING, NOTHING, logits)))
                .as("%s", List.of(arguments))
                .isEqualTo(IntStream.range(least, size).toArray());
        return true;
    }

    private static double[] probabilities(SamplingOptions options, int[] prompt, int[] written, float[] logits) {
        OptionsSampler sampler = new OptionsSampler(options, new SplitMix64(0));
        sampler.acceptPrompt(prompt);
        Arrays.stream(written).forEach(sampler::accept);
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

    private static double[] normalized(double[] values) {
        double sum = Arrays.stream(values).sum();
        return Arrays.stream(values).map(value -> value / sum).toArray();
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
