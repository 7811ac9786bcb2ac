package io.github.hanllama.cli;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.core.plan.Finding;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.core.plan.PlannedPart;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A plan for people. */
final class PlanText {
    private static final int THOUSAND_TOKENS = 1000;
    private static final int SHOWN_FILES = 4;

    private final LoadPlan plan;
    private final List<String> lines = new ArrayList<>();

    PlanText(LoadPlan plan) {
        this.plan = plan;
    }

    List<String> lines() {
        plan.parts().forEach(this::part);
        fit();
        delivery();
        memory();
        plan.choice().ifPresent(this::choice);
        return lines;
    }

    private void part(PlannedPart part) {
        line(part.role().name().toLowerCase(Locale.ROOT), part.origin());
        line("", part.description());
    }

    private void fit() {
        long refused = plan.findings().stream().filter(Finding::refused).count();
        line("fit", refused > 0 ? "no, it would not load:" : plan.parts().size() > 1 ? "yes" + merged() : "yes");
        plan.findings().forEach(finding -> line("", (finding.refused() ? "- " : "- perhaps: ") + finding.message()));
    }

    private String merged() {
        return plan.config()
                .map(LlamaConfig::vocabSize)
                .map(size -> ", together a model with a vocabulary of " + size)
                .orElse("");
    }

    private void delivery() {
        List<Delivery> deliveries =
                plan.parts().stream().flatMap(part -> part.delivery().stream()).toList();
        if (deliveries.isEmpty()) {
            line("download", "nothing, all files are here");
        }
        for (Delivery delivery : deliveries) {
            line(delivery.download() ? "download" : "unpack", describe(delivery));
        }
    }

    private static String describe(Delivery delivery) {
        List<Delivery.Item> missing =
                delivery.items().stream().filter(item -> !item.here()).toList();
        String names = missing.stream()
                .sorted((one, other) -> Long.compare(other.bytes(), one.bytes()))
                .limit(SHOWN_FILES)
                .map(item -> item.name() + " " + ByteCount.describe(item.bytes()))
                .collect(Collectors.joining(", "));
        String more = missing.size() > SHOWN_FILES ? " and " + (missing.size() - SHOWN_FILES) + " more" : "";
        String here = delivery.presentBytes() > 0
                ? "; " + ByteCount.describe(delivery.presentBytes()) + " are here already"
                : "";
        String free = delivery.freeBytes().isPresent()
                ? " (" + ByteCount.describe(delivery.freeBytes().getAsLong()) + " free)"
                : "";
        return ByteCount.describe(delivery.missingBytes()) + " to " + delivery.folder() + free + ": " + names + more
                + here;
    }

    private void memory() {
        Map<String, List<MemoryOption>> ways = plan.memory().stream()
                .collect(Collectors.groupingBy(PlanText::title, LinkedHashMap::new, Collectors.toList()));
        int width = ways.keySet().stream().mapToInt(String::length).max().orElse(0);
        String field = "memory";
        for (Map.Entry<String, List<MemoryOption>> way : ways.entrySet()) {
            MemoryOption first = way.getValue().getFirst();
            line(
                    field,
                    ("%-" + width + "s  %8s to load, for 1000 tokens %s")
                            .formatted(
                                    way.getKey(),
                                    ByteCount.describe(first.memory().loadBytes()),
                                    caches(way)));
            field = "";
        }
    }

    private static String title(MemoryOption option) {
        return option.memory().engine() + ", " + option.weights();
    }

    private static String caches(Map.Entry<String, List<MemoryOption>> way) {
        Map<DType, String> byType = new LinkedHashMap<>();
        way.getValue()
                .forEach(option -> byType.put(
                        option.kvType(),
                        ByteCount.describe(option.memory().cacheBytesPerPosition() * (double) THOUSAND_TOKENS)));
        return byType.entrySet().stream()
                .map(entry -> entry.getValue() + " in " + entry.getKey())
                .collect(Collectors.joining(", "));
    }

    private void choice(LoadChoice choice) {
        line("choice", choice.describe() + " (" + choice.reason() + ")");
    }

    private void line(String name, String value) {
        lines.add("%-10s%s".formatted(name, Failures.printable(value)));
    }
}
