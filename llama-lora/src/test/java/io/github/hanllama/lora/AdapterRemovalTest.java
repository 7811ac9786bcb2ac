package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterRemovalTest {
    private static final String QUERY = TensorNames.weight(1, Module.Q_PROJ);

    @TempDir
    private Path folder;

    private final TinyModel base = TinyModel.of(DType.F32, 20);
    private WrittenAdapters made;

    @BeforeEach
    void begin() {
        made = new WrittenAdapters(folder);
    }

    @Test
    void removeFrom_givesTheMappedBaseBack_toTheBit() {
        LoraAdapter first = made.plain("a", 0);
        LoraAdapter second = made.plain("b", 5);
        byte[] before = Values.stored(base.tensor(QUERY));
        Checkpoint merged = made.open("b").mergeInto(made.open("a").mergeInto(base));

        Checkpoint withoutLast = second.removeFrom(merged);
        Checkpoint alone = made.open("a").mergeInto(base);
        assertThat(Values.stored(withoutLast.tensor(QUERY))).isEqualTo(Values.stored(alone.tensor(QUERY)));

        Checkpoint back = first.removeFrom(withoutLast);
        assertThat(Values.stored(back.tensor(QUERY))).isEqualTo(before);
        assertThat(back).isSameAs(base);
        assertThatThrownBy(() -> merged.tensor(QUERY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void removeFrom_takesOneOutOfTheMiddle() {
        LoraAdapter first = made.plain("a", 0);
        made.plain("b", 5);
        Checkpoint merged = made.open("b").mergeInto(made.open("a").mergeInto(base));

        Checkpoint rest = first.removeFrom(merged);
        Checkpoint expected = made.open("b").mergeInto(base);

        assertThat(Values.stored(rest.tensor(QUERY))).isEqualTo(Values.stored(expected.tensor(QUERY)));
        assertThat(rest.tensor(QUERY).info().dtype()).isEqualTo(DType.F32);
    }

    @Test
    void removeFrom_ofAModelMergedElsewhere_subtracts() {
        LoraAdapter adapter = made.plain("a", 0);
        Checkpoint merged = made.open("a").mergeInto(base);
        Map<String, Tensor> copies = new LinkedHashMap<>();
        merged.tensors().forEach(info -> copies.put(info.name(), Values.reloaded(merged.tensor(info.name()))));
        TinyModel files = TinyModel.of(base.config(), copies);

        try (Checkpoint rest = adapter.removeFrom(files)) {
            assertThat(Values.largestDifference(Values.of(rest, QUERY), Values.of(base, QUERY)))
                    .isLessThan(1e-6);
        }
        assertThat(files.closed).isTrue();
    }

    @Test
    void removeFrom_ofWhatIsLost_isRefused() {
        LoraAdapter grown = made.grown("a", 0, 24);
        LoraAdapter dora = made.dora("b");

        assertThatThrownBy(() -> grown.removeFrom(TinyModel.of(DType.F32, 24)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("what was there before is not in tiny; open the base instead");
        assertThatThrownBy(() -> dora.removeFrom(base))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("stretches rows");
    }
}
