package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackedMatricesTest {
    private static final int ROWS = 37;
    private static final int COLUMNS = 70;
    private static final String PRODUCT = """
              def run(self: __torch__.Probe,
                x: Tensor,
                matrices: List[{MATRIX}]) -> Tensor:
                {ZEROS}
                return {PRODUCT}
            """.replace("{MATRIX}", MatrixScript.PACKED);
    private static final List<String> MATRIX = List.of("matrices[0]");

    private static final String FLOAT_PRODUCT = """
              def run(self: __torch__.Probe,
                x: Tensor,
                type: int,
                matrices: List[Tensor]) -> Tensor:
                return torch.to((self).product(torch.to(x, type), matrices[0], ), 6)
            """;

    private final Torch torch = new Torch(Libtorch.require().engine(), 1);
    private final PackedMatrices matrices = new PackedMatrices(torch, torch.scope(), MatrixScript.INT8);
    private final List<PtNDArray> levels = torch.call(() -> List.of(
            torch.tensors().empty(torch.scope(), TorchType.INT8, "cpu", ROWS, COLUMNS),
            torch.tensors().empty(torch.scope(), TorchType.F32, "cpu", ROWS)));
    private final PackedMatrices.Place place = pack();

    @AfterEach
    void close() {
        torch.close();
    }

    private PackedMatrices.Place pack() {
        torch.run(() -> torch.call(call -> {
            torch.tensors()
                    .quantize(call, levels.getFirst(), levels.getLast(), 0, call.floats(random(ROWS), ROWS, COLUMNS));
            return true;
        }));
        PackedMatrices.Place added = matrices.add(levels, () -> {});
        matrices.finish();
        return added;
    }

    private static float[] random(int rows) {
        Random random = new Random(rows);
        float[] values = new float[rows * COLUMNS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void unpack_givesWhatWasPacked() {
        torch.run(() -> torch.call(call -> {
            List<PtNDArray> unpacked = place.unpack(call);
            for (int row = 0; row < ROWS; row++) {
                assertThat(torch.tensors().row(call, unpacked, row))
                        .isEqualTo(torch.tensors().row(call, levels, row));
            }
            return true;
        }));
    }

    /** As wide as the model and wider. */
    @ParameterizedTest
    @ValueSource(ints = {COLUMNS, COLUMNS - 1})
    void product_ofSeveralTokens_isThatOfEach(int width) {
        float[] x = random(3);
        float[] together = run(MatrixScript.INT8.product("x", MATRIX), width, x);
        for (int token = 0; token < 3; token++) {
            assertThat(Arrays.copyOfRange(together, token * ROWS, (token + 1) * ROWS))
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(product(Arrays.copyOfRange(x, token * COLUMNS, (token + 1) * COLUMNS)));
        }
    }

    /** The scale is 0: nothing may be made of what is divided by it. */
    @Test
    void product_ofZeros_isZero() {
        assertThat(product(new float[COLUMNS]))
                .usingComparatorWithPrecision(Float.MIN_VALUE)
                .containsOnly(0);
        float[] x = random(2);
        Arrays.fill(x, 0, COLUMNS, 0);
        assertThat(Arrays.copyOf(product(x), ROWS))
                .usingComparatorWithPrecision(Float.MIN_VALUE)
                .containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void added_isSumWithProduct(int tokens) {
        float[] x = random(tokens);
        float[] product = product(x);
        String two =
                "torch.full([%d, %d], 2., dtype=6, layout=None, device=None, pin_memory=None)".formatted(tokens, ROWS);
        float[] added = run(MatrixScript.INT8.added(two, "x", MATRIX), COLUMNS, x);
        for (int i = 0; i < product.length; i++) {
            assertThat(added[i]).isCloseTo(2 + product[i], within(1e-5f));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void floats_unpackAndMultiplyAsTheyWere(TorchType type) {
        assumeThat(Libtorch.require().packedFloats()).contains(type);
        PtNDArray plain = torch.call(() -> torch.tensors().empty(torch.scope(), type, "cpu", ROWS, COLUMNS));
        torch.run(() -> torch.call(call -> {
            torch.tensors().fill(call, plain, 0, call.floats(random(ROWS), ROWS, COLUMNS));
            return true;
        }));
        PackedMatrices packed = new PackedMatrices(torch, torch.scope(), MatrixScript.FLOAT_PACKED);
        PackedMatrices.Place at = packed.add(List.of(plain), () -> {});
        packed.finish();
        float[] columns = new float[COLUMNS * COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            columns[i * COLUMNS + i] = 1;
        }
        Script script = torch.script("Probe", FLOAT_PRODUCT + MatrixScript.FLOAT_PACKED.text("Probe"));
        torch.run(() -> torch.call(call -> {
            List<PtNDArray> unpacked = at.unpack(call);
            IValue ones = call.value(call.floats(columns, COLUMNS, COLUMNS));
            float[] product = call.tensor(script.run("run", ones, call.value(type.number()), packed.list()))
                    .toFloatArray();
            for (int row = 0; row < ROWS; row++) {
                float[] expected = torch.tensors().row(call, List.of(plain), row);
                assertThat(torch.tensors().row(call, unpacked, row)).isEqualTo(expected);
                for (int column = 0; column < COLUMNS; column++) {
                    assertThat(product[column * ROWS + row]).isEqualTo(expected[column]);
                }
            }
            return true;
        }));
    }

    private float[] product(float[] x) {
        return run(MatrixScript.INT8.product("x", MATRIX), COLUMNS, x);
    }

    /**
     * @param expression of what {@link MatrixScript} makes
     * @param width of the model
     */
    private float[] run(String expression, int width, float[] x) {
        String text = PRODUCT.replace("{ZEROS}", MatrixScript.INT8.zeros(width)).replace("{PRODUCT}", expression);
        Script script = torch.script("Probe", text + MatrixScript.INT8.text("Probe"));
        return torch.call(call -> call.tensor(
                        script.run("run", call.value(call.floats(x, x.length / COLUMNS, COLUMNS)), matrices.list()))
                .toFloatArray());
    }
}
