package io.github.hanllama.core.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * What resolving a source would bring to this machine.
 *
 * @param folder on the disk that it would go to
 * @param download whether it comes over the network; else out of an archive
 * @param items every file of the source
 */
public record Delivery(Path folder, boolean download, List<Item> items) {
    public Delivery {
        items = List.copyOf(items);
    }

    /**
     * A file.
     *
     * @param here whether it need not be brought
     */
    public record Item(String name, long bytes, boolean here) {}

    /** Of what is still to be brought. */
    public long missingBytes() {
        return items.stream().filter(item -> !item.here).mapToLong(Item::bytes).sum();
    }

    /** Of what is here. */
    public long presentBytes() {
        return items.stream().filter(Item::here).mapToLong(Item::bytes).sum();
    }

    /** Bytes the disk has free, when the system says. */
    public OptionalLong freeBytes() {
        Path existing = folder.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return OptionalLong.of(Files.getFileStore(existing).getUsableSpace());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
