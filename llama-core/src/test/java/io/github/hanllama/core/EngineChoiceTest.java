package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EngineChoiceTest {
    private static final Checkpoint CHECKPOINT = SyntheticCheckpoint.of(FakeModel.config(300), info -> DType.F16);
    private static final int CONTEXT = 64;
    private static final long PEAK = new FakeEngine("any").estimate().peakBytes(CONTEXT);

    private final Engine java = new FakeEngine("java");
    private final Engine reference = new FakeEngine("reference");
    private final Engine other = new FakeEngine("other");
    private final Engine accelerated = new FakeEngine("accelerated").accelerating();
    private final Engine preferred = new FakeEngine("preferred").preferring();

    @Test
    void auto_javaThenReference() {
        assertThat(fastest(task(Device.AUTO), other, reference, java)).containsExactly(java);
        assertThat(fastest(task(Device.AUTO), other, reference)).containsExactly(reference);
        assertThat(fastest(task(Device.AUTO), other)).containsExactly(other);
    }

    @Test
    void auto_acceleratorWhereItMay_javaBehindIt() {
        assertThat(fastest(task(Device.AUTO), java, accelerated)).containsExactly(accelerated, java);
        assertThat(fastest(task(Device.CPU), java, accelerated)).containsExactly(java);
        assertThat(fastest(task(new Device.Cuda(0)), java, accelerated)).containsExactly(accelerated);
    }

    @Test
    void auto_preferredForTheModel_javaBehindIt() {
        assertThat(fastest(task(Device.AUTO), java, preferred)).containsExactly(preferred, java);
        assertThat(fastest(task(Device.CPU), java, preferred)).containsExactly(preferred, java);
        assertThat(fastest(task(Device.AUTO), java, preferred, accelerated))
                .containsExactly(accelerated, preferred, java);
        assertThat(fastest(task(new Device.Cuda(0)), preferred, accelerated)).containsExactly(accelerated);
    }

    @Test
    void shortLived_noneThatIsOnlyPreferred() {
        assertThat(EngineChoice.atOnce(List.of(java, preferred), task(Device.AUTO)))
                .containsExactly(java);
        assertThat(EngineChoice.atOnce(List.of(java, preferred, accelerated), task(Device.AUTO)))
                .containsExactly(accelerated, java);
    }

    @Test
    void auto_preferredButTooLarge_java() {
        EngineOptions options = EngineOptions.defaults();
        long cache = new FakeEngine("any").estimate().cacheBytes(CONTEXT);

        assertThat(fastest(task(options, PEAK), java, preferred)).startsWith(preferred);
        assertThat(fastest(task(options, PEAK - 1), java, preferred)).containsExactly(java);
        assertThat(fastest(task(options.maxKvBytes(cache), PEAK), java, preferred))
                .startsWith(preferred);
        assertThat(fastest(task(options.maxKvBytes(cache - 1), PEAK), java, preferred))
                .containsExactly(java);
    }

    @Test
    void memory_thatIsNotLimited_halfOfTheMachine() {
        assertThat(EngineTask.memoryBytes(OptionalLong.of(7), OptionalLong.of(4)))
                .isEqualTo(7);
        assertThat(EngineTask.memoryBytes(OptionalLong.empty(), OptionalLong.of(4)))
                .isEqualTo(2);
        assertThat(EngineTask.memoryBytes(OptionalLong.empty(), OptionalLong.empty()))
                .isZero();
    }

    @Test
    void auto_deviceNobodyKnows_saysWhatThereIs() {
        assertThatThrownBy(() -> fastest(task(new Device.Cuda(0)), java, reference))
                .isInstanceOf(BackendException.class)
                .hasMessage("no engine runs on cuda:0: java runs on the processor; reference runs on the processor");
        assertThatThrownBy(() -> fastest(task(Device.AUTO)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no engine is installed");
    }

    @Test
    void load_firstFails_nextIsTaken() {
        List<String> tried = new ArrayList<>();
        LanguageModel loaded = FakeModel.babbling(300);
        Engine failing = new FakeEngine("failing", (checkpoint, options) -> {
            tried.add("failing");
            throw new BackendException("no room");
        });
        Engine working = new FakeEngine("working", (checkpoint, options) -> {
            tried.add("working");
            return loaded;
        });

        assertThat(EngineChoice.load(List.of(failing, working, java).iterator(), task(Device.AUTO)))
                .isSameAs(loaded);
        assertThat(tried).containsExactly("failing", "working");
        assertThatThrownBy(() -> EngineChoice.load(List.of(failing).iterator(), task(Device.AUTO)))
                .isInstanceOf(BackendException.class)
                .hasMessage("no room");
    }

    private static List<Engine> fastest(EngineTask task, Engine... engines) {
        return EngineChoice.fastest(Arrays.asList(engines), task);
    }

    private static EngineTask task(Device device) {
        return task(EngineOptions.defaults().device(device), Long.MAX_VALUE);
    }

    private static EngineTask task(EngineOptions options, long memoryBytes) {
        return new EngineTask(CHECKPOINT, options, CONTEXT, memoryBytes);
    }

    private interface Loader {
        LanguageModel load(Checkpoint checkpoint, EngineOptions options);
    }

    private record FakeEngine(String name, boolean accelerated, boolean preferred, Loader loader) implements Engine {
        FakeEngine(String name) {
            this(name, (checkpoint, options) -> {
                throw new AssertionError("only chosen");
            });
        }

        FakeEngine(String name, Loader loader) {
            this(name, false, false, loader);
        }

        FakeEngine accelerating() {
            return new FakeEngine(name, true, preferred, loader);
        }

        FakeEngine preferring() {
            return new FakeEngine(name, accelerated, true, loader);
        }

        MemoryEstimate estimate() {
            return new MemoryEstimate(name, "F16", 1000, 100, 10);
        }

        @Override
        public boolean runsOn(Device device) {
            return accelerated || preferred || Engine.super.runsOn(device);
        }

        @Override
        public boolean preferred(Checkpoint checkpoint, EngineOptions options) {
            return preferred;
        }

        @Override
        public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
            return List.of(estimate());
        }

        @Override
        public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
            return loader.load(checkpoint, options);
        }
    }
}
