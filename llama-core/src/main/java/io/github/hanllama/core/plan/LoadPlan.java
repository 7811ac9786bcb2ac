package io.github.hanllama.core.plan;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.source.Delivery;
import java.util.List;
import java.util.Optional;

/**
 * What a load would do: whether its parts fit together, what it would bring here, the memory of every way to run it, and the
 * way it would take. Made from headers; no weight was read.
 *
 * <pre>{@code
 * LoadPlan plan = Llama.from(HubSource.of("meta-llama/Llama-2-7b-hf"))
 *         .adapt(HubSource.of("hfl/chinese-alpaca-2-lora-7b"))
 *         .plan();
 * plan.findings().forEach(finding -> System.err.println(finding.message()));
 * }</pre>
 *
 * @param parts the base, then the adapters in their order
 * @param findings everything that is wrong or suspicious, the first part's first
 * @param config of the merged model, as far as the parts fit; empty when the base cannot be read
 * @param memory every way to run it, engine by engine, the best quality first
 * @param choice what the load would take; empty when nothing can be loaded, or the engine does not say what it needs
 */
public record LoadPlan(
        List<PlannedPart> parts,
        List<Finding> findings,
        Optional<LlamaConfig> config,
        List<MemoryOption> memory,
        Optional<LoadChoice> choice) {
    public LoadPlan {
        parts = List.copyOf(parts);
        findings = List.copyOf(findings);
        memory = List.copyOf(memory);
    }

    /** Whether the load would be tried: nothing that was found speaks against it. */
    public boolean fits() {
        return findings.stream().noneMatch(Finding::refused);
    }

    /** Bytes that would come over the network. */
    public long downloadBytes() {
        return parts.stream()
                .flatMap(part -> part.delivery().stream())
                .filter(Delivery::download)
                .mapToLong(Delivery::missingBytes)
                .sum();
    }
}
