package io.github.hanllama.core.plan;

import io.github.hanllama.core.source.Delivery;
import java.util.Optional;

/**
 * A base or an adapter.
 *
 * @param role what it is in this load
 * @param origin where it comes from
 * @param description what it is by its headers, in a line; what is known where they could not be read
 * @param delivery what would be brought here for it; empty when all of it is here
 */
public record PlannedPart(Role role, String origin, String description, Optional<Delivery> delivery) {
    /** What a part does. */
    public enum Role {
        BASE,
        ADAPTER
    }
}
