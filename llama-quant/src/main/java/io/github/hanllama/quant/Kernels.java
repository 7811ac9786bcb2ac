package io.github.hanllama.quant;

import java.util.function.Supplier;

/**
 * The kernels of this JVM, chosen once: SIMD where the Vector API is there, scalar otherwise.
 *
 * <p>{@code -Dllama.kernels=auto|scalar|simd} and {@code -Dllama.kernels.bits=128|256|512} override the choice, which
 * never changes a result: every kernel gives the same bits in every form. {@code -Dllama.kernels.prompts=auto|f32|int8} says in
 * which form prompts meet levels of four bits; left to itself that is int8 on AMD's processors and f32 on others. A value
 * that none of them has is logged, and the machine chooses. Keep a kernel in
 * a {@code static final} field.
 */
public final class Kernels {
    private static final KernelChoice CHOICE =
            KernelChoice.choose(System::getProperty, vectorModule(), () -> SimdHardware.preferredBits(), Kernels::warn);

    private static final InputForm PROMPTS = PromptForm.choose(System::getProperty, Processor.AMD, Kernels::warn);

    private Kernels() {}

    /** What runs here, for a log line: {@code "scalar"} or, for example, {@code "simd 512 bits"}. */
    public static String description() {
        return simd() ? "simd " + CHOICE.bits() + " bits" : "scalar";
    }

    /** Whether they are vectors' work, slow by far until the JVM's second compiler has met them. */
    public static boolean simd() {
        return CHOICE.simd();
    }

    static KernelChoice choice() {
        return CHOICE;
    }

    /** What prompts are read as where levels have four bits. */
    static InputForm promptsOfFourBits() {
        return PROMPTS;
    }

    static AttentionKernel attention() {
        return Attention.KERNEL;
    }

    static Bf16Kernel bf16() {
        return Bf16.KERNEL;
    }

    static BlockKernel blocks() {
        return Blocks.KERNEL;
    }

    static HalfTileKernel halfTiles() {
        return HalfTiles.KERNEL;
    }

    static LevelTileKernel levelTiles() {
        return LevelTiles.KERNEL;
    }

    static LowRankKernel lowRank() {
        return LowRank.KERNEL;
    }

    static MatrixKernel matrix() {
        return Matrix.KERNEL;
    }

    static ReadKernel read() {
        return Read.KERNEL;
    }

    static VectorKernel vector() {
        return Vector.KERNEL;
    }

    /** With memory of its own: for one thread. */
    static AffineSearch affineSearch(AffineSearch.Tries tries) {
        return choose(() -> new ScalarAffineSearch(tries), () -> new WarmingAffineSearch(tries));
    }

    /** With memory of its own: for one thread. */
    static SymmetricSearch symmetricSearch(int size, int half) {
        return choose(() -> new ScalarSymmetricSearch(size, half), () -> new WarmingSymmetricSearch(size, half));
    }

    private static final class Attention {
        static final AttentionKernel KERNEL = choose(ScalarAttentionKernel::new, () -> new SimdAttentionKernel());
    }

    private static final class Bf16 {
        static final Bf16Kernel KERNEL = choose(ScalarBf16Kernel::new, () -> new SimdBf16Kernel());
    }

    private static final class Blocks {
        static final BlockKernel KERNEL = choose(ScalarBlockKernel::new, () -> new SimdBlockKernel());
    }

    private static final class HalfTiles {
        static final HalfTileKernel KERNEL = choose(
                ScalarHalfTileKernel::new, () -> Processor.AMD ? new SimdLowTileKernel() : new SimdHalfTileKernel());
    }

    private static final class LevelTiles {
        static final LevelTileKernel KERNEL = choose(ScalarLevelTileKernel::new, () -> new SimdLevelTileKernel());
    }

    private static final class LowRank {
        static final LowRankKernel KERNEL = choose(ScalarLowRankKernel::new, () -> new SimdLowRankKernel());
    }

    private static final class Matrix {
        static final MatrixKernel KERNEL = choose(ScalarMatrixKernel::new, () -> new SimdMatrixKernel(Processor.AMD));
    }

    private static final class Read {
        static final ReadKernel KERNEL = choose(ScalarReadKernel::new, () -> new SimdReadKernel());
    }

    private static final class Vector {
        static final VectorKernel KERNEL = choose(ScalarVectorKernel::new, () -> new SimdVectorKernel());
    }

    /** A supplier that is not called loads no class, so Simd* classes are met only where the module is. */
    private static <T> T choose(Supplier<T> scalar, Supplier<T> simd) {
        return simd() ? simd.get() : scalar.get();
    }

    private static void warn(String notice) {
        System.getLogger(Kernels.class.getPackageName()).log(System.Logger.Level.WARNING, notice);
    }

    private static boolean vectorModule() {
        ModuleLayer boot = ModuleLayer.boot();
        return boot.findModule("jdk.incubator.vector")
                .map(Kernels.class.getModule()::canRead)
                .orElse(false);
    }
}
