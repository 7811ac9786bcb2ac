package io.github.hanllama.core.checkpoint.gguf;

/**
 * The formats before GGUF. All begin with a magic number, a version (but for the first), seven sizes and the vocabulary;
 * then each tensor follows its description. Taken from the public history of llama.cpp:
 *
 * <ul>
 *   <li>sizes, vocabulary, descriptions and padding of every version: {@code convert-llama-ggml-to-gguf.py} at commit
 *       02240912ff3621da378ed62cb5d0f279f17fc9d1;
 *   <li>the step from ggmf to ggjt, and the sizes of the first blocks: {@code migrate-ggml-2023-03-30-pr613.py} at commit
 *       1604abdad245fcc0845d4c8e78c9e865615dd7df;
 *   <li>the step from no version to ggmf: {@code convert-unversioned-ggml-to-ggml.py} at commit
 *       9e4e917a96dc6aa8f9391f5f23a4f3738c7a7054;
 *   <li>blocks: see {@link GgmlBlocks}.
 * </ul>
 */
public enum GgmlVersion {
    /** March 2023: no scores in the vocabulary. */
    GGML(false, false),
    /** 21 March 2023: with scores. */
    GGMF_1(true, false),
    /** 30 March 2023: data at multiples of 32 bytes, whole models in one file. */
    GGJT_1(true, true),
    /** 12 May 2023: blocks in another order. */
    GGJT_2(true, true),
    /** 19 May 2023: scales of blocks in f16, as they are in GGUF. */
    GGJT_3(true, true);

    private static final int GGML_MAGIC = 0x67676d6c;
    private static final int GGMF_MAGIC = 0x67676d66;
    private static final int GGJT_MAGIC = 0x67676a74;

    private final boolean scored;
    private final boolean aligned;

    GgmlVersion(boolean scored, boolean aligned) {
        this.scored = scored;
        this.aligned = aligned;
    }

    /** Whether each token has a score. */
    boolean scored() {
        return scored;
    }

    /** Whether data begins at multiples of 32 bytes. */
    boolean aligned() {
        return aligned;
    }

    static GgmlVersion read(GgufInput in) {
        int magic = in.i32("magic");
        if (magic == GGML_MAGIC) {
            return GGML;
        }
        if (magic != GGMF_MAGIC && magic != GGJT_MAGIC) {
            throw in.malformed(0, "expected ggml, ggmf or ggjt, found other bytes");
        }
        int version = in.i32("version");
        if (magic == GGMF_MAGIC && version == 1) {
            return GGMF_1;
        }
        if (magic == GGJT_MAGIC && version >= 1 && version <= 3) {
            return values()[GGJT_1.ordinal() + version - 1];
        }
        throw in.unsupported("version " + version + " of "
                + (magic == GGMF_MAGIC ? "ggmf; expected 1" : "ggjt; expected 1" + " to 3"));
    }
}
