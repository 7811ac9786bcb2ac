package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.List;

/** An exported cache, imported by the model that wrote the seeds. */
final class KvCacheTarget implements FuzzTarget {
    private static final int CAPACITY = 8;

    private final LanguageModel model;
    private final KvCache cache;

    KvCacheTarget() {
        try (Checkpoint checkpoint = Checkpoints.open(PatchedFiles.fixture("peft_kinds/base"))) {
            checkpoint.identity();
            model = Engines.named("reference").load(checkpoint, EngineOptions.defaults());
            cache = model.newCache(CAPACITY);
        }
    }

    @Override
    public void run(byte[] input) throws IOException {
        cache.truncate(0);
        try {
            cache.importFrom(Channels.newChannel(new ByteArrayInputStream(input)));
        } catch (IOException | IllegalArgumentException e) {
            assertThat(cache.length()).isZero();
            throw e;
        }
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        cache.exportTo(0, cache.length(), Channels.newChannel(again));
        assertThat(again.size()).isPositive();
    }

    /** The caller brings the channel, so what is wrong with it is the caller's mistake, or the channel's. */
    @Override
    public List<Class<? extends Exception>> refusals() {
        return List.of(IllegalArgumentException.class, IOException.class);
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.add("empty", exported(0)).add("two", exported(2));
    }

    private byte[] exported(int positions) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Session session = model.newSession(CAPACITY)) {
            if (positions > 0) {
                session.prefill(new int[positions]);
            }
            session.cache().exportTo(0, positions, Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
