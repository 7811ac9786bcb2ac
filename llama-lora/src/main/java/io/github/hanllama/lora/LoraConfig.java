package io.github.hanllama.lora;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What an {@code adapter_config.json} says, every default resolved. Modules are named as in the model:
 * {@code model.layers.0.self_attn.q_proj}.
 *
 * @param rank the rank of every pair that {@code rankPattern} does not name
 * @param alpha likewise, the numerator of the scale
 * @param rsLora whether the scale divides by the root of the rank
 * @param dora whether every pair has a magnitude
 * @param loraBias whether every pair has a bias
 * @param targets which modules have pairs; empty when the configuration does not say
 * @param excluded which of them have none after all
 * @param layers to which layers that is restricted; empty for all
 * @param modulesToSave modules that are brought whole, by the end of their name
 * @param declaredBase the base it says it was trained on; often somebody's local path
 */
record LoraConfig(
        int rank,
        double alpha,
        boolean rsLora,
        boolean dora,
        boolean loraBias,
        List<ModulePattern> targets,
        List<ModulePattern> excluded,
        Set<Integer> layers,
        SequencedMap<ModulePattern, Integer> rankPattern,
        SequencedMap<ModulePattern, Double> alphaPattern,
        List<String> modulesToSave,
        Optional<String> declaredBase) {

    /** Plain LoRA on whatever the file has pairs for. */
    static LoraConfig plain(int rank, double alpha) {
        return new LoraConfig(
                rank,
                alpha,
                false,
                false,
                false,
                List.of(),
                List.of(),
                Set.of(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                List.of(),
                Optional.empty());
    }

    int rank(String module) {
        return firstMatch(rankPattern, module).orElse(rank);
    }

    double alpha(String module) {
        return firstMatch(alphaPattern, module).orElse(alpha);
    }

    /** The factor of a module's {@code b @ a}, rounded to f32 once as PyTorch does when it multiplies. */
    float scale(String module) {
        int rank = rank(module);
        return (float) (alpha(module) / (rsLora ? Math.sqrt(rank) : rank));
    }

    /** Whether the configuration lets this module have a pair. */
    boolean targets(String module) {
        boolean named = targets.isEmpty() || matchesAny(targets, module);
        return named && !matchesAny(excluded, module) && inLayers(module);
    }

    /** Whether the configuration names this module, so that its pair must be there. */
    boolean announces(String module) {
        return !targets.isEmpty() && targets(module);
    }

    private boolean inLayers(String module) {
        return layers.isEmpty() || layers.contains(AdapterKey.layer(module).orElse(-1));
    }

    private static boolean matchesAny(List<ModulePattern> patterns, String module) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(module));
    }

    private static <T> Optional<T> firstMatch(SequencedMap<ModulePattern, T> patterns, String module) {
        return patterns.entrySet().stream()
                .filter(entry -> entry.getKey().matches(module))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
