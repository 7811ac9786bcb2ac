package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformedPickle;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.readPickle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.github.hanllama.quant.DType;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows TZ19 and TZ21 of the table of bad input: what part of a storage a tensor shows. The storage has 4 floats. */
class TorchViewTest {
    static Stream<Arguments> tz19_outside() {
        String inside = "w: expected elements inside its storage of 4, found sizes ";
        return Stream.of(
                argumentSet("offset", 4, new long[] {1}, new long[] {1}, inside + "[1] strides [1] from element 4"),
                argumentSet("size", 1, new long[] {4}, new long[] {1}, inside),
                argumentSet("stride", 0, new long[] {2, 2}, new long[] {3, 1}, inside),
                argumentSet("empty, offset", 5, new long[] {0}, new long[] {1}, inside),
                argumentSet("negative offset", -1, new long[] {1}, new long[] {1}, "w: expected nothing negative"),
                argumentSet("negative size", 0, new long[] {-2, 2}, new long[] {2, 1}, "expected nothing negative"),
                argumentSet("negative stride", 3, new long[] {4}, new long[] {-1}, "expected nothing negative"),
                argumentSet(
                        "elements overflow",
                        0,
                        new long[] {1L << 32, 1L << 32},
                        new long[] {0, 0},
                        "w: expected a size below 2^63"),
                argumentSet("bytes overflow", 0, new long[] {1L << 61}, new long[] {0}, "expected a size below 2^63"),
                argumentSet(
                        "reach overflows",
                        1,
                        new long[] {3, 2},
                        new long[] {1L << 62, 1L << 62},
                        "expected a size below 2^63"),
                argumentSet(
                        "rows overflow, no rows",
                        0,
                        new long[] {0, 1L << 62, 4},
                        new long[] {0, 0, 0},
                        "expected a size below 2^63"),
                argumentSet(
                        "expanded too far",
                        0,
                        new long[] {(16 << 20) + 1, 1},
                        new long[] {0, 1},
                        "w: expected an expanded tensor of at most 67108864 bytes"));
    }

    @ParameterizedTest
    @MethodSource
    void tz19_outside(long offset, long[] sizes, long[] strides, String message) {
        malformedPickle(
                PickleBytes.oneTensor("w", PickleBytes.tensor("FloatStorage", 4, offset, sizes, strides)), message);
    }

    static Stream<Arguments> tz19_inside() {
        return Stream.of(
                argumentSet("scalar", 3, new long[] {}, new long[] {}, true),
                argumentSet("all", 0, new long[] {2, 2}, new long[] {2, 1}, true),
                argumentSet("sizes of one have any stride", 0, new long[] {1, 4, 1}, new long[] {9, 1, 7}, true),
                argumentSet("empty", 4, new long[] {3, 0}, new long[] {1, 1}, true),
                argumentSet("transposed", 0, new long[] {2, 2}, new long[] {1, 2}, false),
                argumentSet("column", 1, new long[] {2}, new long[] {2}, false),
                argumentSet("expanded", 2, new long[] {16 << 20, 1}, new long[] {0, 1}, false),
                argumentSet("overlapping", 0, new long[] {3, 2}, new long[] {1, 1}, false));
    }

    @ParameterizedTest
    @MethodSource
    void tz19_inside(long offset, long[] sizes, long[] strides, boolean contiguous) {
        byte[] pickle = PickleBytes.oneTensor("w", PickleBytes.tensor("FloatStorage", 4, offset, sizes, strides));
        assertThat(readPickle(pickle))
                .singleElement()
                .extracting(TorchView::isContiguous)
                .isEqualTo(contiguous);
    }

    @ParameterizedTest
    @CsvSource({
        "DoubleStorage, 2, F64",
        "FloatStorage, 4, F32",
        "HalfStorage, 8, F16",
        "BFloat16Storage, 8, BF16",
        "LongStorage, 2, I64",
        "IntStorage, 4, I32",
        "ShortStorage, 8, I16",
        "CharStorage, 16, I8",
        "ByteStorage, 16, U8",
        "BoolStorage, 16, BOOL"
    })
    void everyType(String storage, long elements, DType dtype) {
        byte[] pickle = PickleBytes.oneTensor(
                "w", PickleBytes.tensor(storage, elements, 0, new long[] {elements}, new long[] {1}));
        assertThat(readPickle(pickle)).extracting(TorchView::dtype).containsExactly(dtype);
    }

    @Test
    void tz21_tiedTensors_shareTheirData() {
        byte[] pickle = PickleBytes.protocol2()
                .op("}(")
                .text("embed")
                .then(TorchBytes.matrix())
                .text("head")
                .then(TorchBytes.matrix())
                .op("u.")
                .build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("embed", "head");
        assertThat(readPickle(pickle)).extracting(TorchView::offset).hasSize(2).containsOnly(offsetOfTheMatrix(pickle));
    }

    private static long offsetOfTheMatrix(byte[] pickle) {
        ZipBytes zip = TorchBytes.archive(pickle);
        zip.build();
        return zip.entry("archive/data/0").dataAt;
    }
}
